/** What a caller hands over: objects that he changes later, things that are none, models that are gone. */
import * as tf from '@tensorflow/tfjs';
import {
  diagnose,
  elboReport,
  evaluateElbo,
  klWarmup,
  predictive,
  predictiveMoments,
  predictiveStream,
  setDatasetSize,
  setKLWeight,
  type Likelihood,
} from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { hidden, modelsOfEachTest, output, rowsFor, sequential } from '../helpers/models';

eachBackend('what a caller hands over', () => {
  const { made } = modelsOfEachTest(0.3);

  test('may be changed while a prediction runs', async () => {
    const model = made(sequential(output({ inputShape: [3] })));
    const [x] = rowsFor(model, 4);
    for (const asList of [false, true]) {
      const likelihood: Likelihood = { family: 'gaussian', stddev: 0.5 };
      const options = { seed: 1, samples: 4, batchSize: 2, likelihood: asList ? [likelihood] : likelihood };
      const inputs = [x!];
      const spoil = (): void => {
        Object.assign(likelihood, { family: 'categorical', stddev: -1 });
        if (Array.isArray(options.likelihood)) options.likelihood.length = 0;
        Object.assign(options, { seed: 2, batchSize: 'all', draws: true });
        inputs.pop();
      };
      const p = await predictive(model, x!, { ...options, likelihood: { family: 'gaussian', stddev: 0.5 } });
      const expected = p.stddev().dataSync();
      const running = predictive(model, inputs, { ...options, onProgress: spoil });
      spoil();
      const q = await running;
      expect(q.stddev().dataSync()).toEqual(expected);
      p.dispose();
      q.dispose();
    }
  });

  test('may be changed while a stream waits for its first step', async () => {
    const model = made(sequential(output({ inputShape: [3] })));
    const [x] = rowsFor(model, 4);
    const likelihood: Likelihood = { family: 'gaussian', stddev: 0.5 };
    const [options, inputs] = [{ seed: 1, maxSamples: 4, likelihood }, [x!]];
    const stream = predictiveStream(model, inputs, options);
    Object.assign(likelihood, { stddev: 'none' });
    Object.assign(options, { maxSamples: 1, seed: 'none' });
    inputs.pop();
    for await (const estimate of stream) {
      expect(estimate.samples).toBe(4);
      tf.dispose(estimate.stddev());
    }
  });

  test('inputs that are swapped while moments are computed', async () => {
    const model = made(sequential(output({ inputShape: [3] })));
    const [x] = rowsFor(model, 4);
    const inputs = [x!];
    const running = predictiveMoments(model, inputs);
    inputs[0] = tf.ones([2, 7]);
    expect((await running).mean.shape).toEqual([4, 2]);
  });

  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const knot: Record<string, unknown> = {};
  knot.knot = knot;
  let deep: unknown = 1;
  for (let i = 0; i < 20_000; i++) deep = [deep];
  const garbage: Array<[string, unknown]> = [
    ['a cyclic array', cyclic],
    ['a cyclic object', knot],
    ['a deep array', deep],
    ['a BigInt', 10n],
    ['a symbol', Symbol('s')],
    ['null', null],
    ['an object without a prototype', Object.create(null)],
    ['a function', () => 1],
    ['a tensor that is none', { dataId: {}, dtype: 'float32', shape: null }],
  ];

  test.each(garbage)('%s is refused in one clear error, wherever it stands', async (_, it) => {
    const model = made(sequential(hidden({ inputShape: [3] }), output({ units: 1 })));
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [x, y] = [tf.ones([4, 3]), tf.ones([4, 1])];
    // Whatever is wrong, the types say so too.
    const any = it as never;
    const calls: Array<[string, () => unknown]> = [
      ['predictive', () => predictive(any, x)],
      ['predictive', () => predictive(model, any)],
      ['predictive', () => predictive(model, [any])],
      ['predictive', () => predictive(model, x, { samples: any })],
      ['predictive', () => predictive(model, x, { seed: any })],
      ['predictive', () => predictive(model, x, { likelihood: any })],
      ['predictive', () => predictive(model, x, { likelihood: [any] })],
      ['predictive', () => predictive(model, x, { signal: any })],
      ['predictive', () => predictive(model, x, { likelihood: { family: 'gaussian', stddev: any } })],
      ['predictiveStream', () => predictiveStream(any, x)],
      ['predictiveStream', () => predictiveStream(model, any).next()],
      ['predictiveStream', () => predictiveStream(model, x, { tolerance: any })],
      ['predictiveMoments', () => predictiveMoments(any, x)],
      ['predictiveMoments', () => predictiveMoments(model, any)],
      ['predictiveMoments', () => predictiveMoments(model, x, { batchSize: any })],
      ['evaluateElbo', () => evaluateElbo(any, { x, y })],
      ['evaluateElbo', () => evaluateElbo(model, any)],
      ['evaluateElbo', () => evaluateElbo(model, { x: any, y })],
      ['evaluateElbo', () => evaluateElbo(model, { x, y: [any] })],
      ['evaluateElbo', () => evaluateElbo(model, { x, y }, { seed: any })],
      ['diagnose', () => diagnose(any)],
      ['diagnose', () => diagnose(model, { x: any, y })],
      ['diagnose', () => diagnose(model, { x, y: any })],
      ['diagnose', () => diagnose(model, { draws: any })],
      ['klWarmup', () => klWarmup(any)],
      ['klWarmup', () => klWarmup({ epochs: any })],
      ['klWarmup', () => klWarmup({ epochs: 1, shape: any })],
      ['elboReport', () => elboReport({ datasetSize: any })],
      ['setDatasetSize', () => setDatasetSize(any, 3)],
      ['setDatasetSize', () => setDatasetSize(model, any)],
      ['setKLWeight', () => setKLWeight(model, any)],
    ];
    for (const [who, call] of calls)
      // eslint-disable-next-line @typescript-eslint/require-await
      await expectCleanRejection(async () => call(), new RegExp(`^${who}: .* must .*, got .{1,300}$`, 's'));
  });

  test('a model that was disposed of, a layer, a wrapper and an empty model say what they are', async () => {
    const gone = sequential(hidden({ inputShape: [3] }), output());
    const dense = tf.layers.dense({ units: 1, inputShape: [3] });
    const half = sequential(dense, output({ name: 'last_one' }));
    gone.dispose();
    dense.dispose();
    const [x, y] = [tf.ones([2, 3]), tf.ones([2, 2])];
    const wrong: Array<[unknown, string]> = [
      [gone, 'the weights of the model must not be disposed of, got a model that was disposed of'],
      [half, `or its layer ${dense.name} was; build or load it again`],
      [hidden(), 'got a HiddenLayer; put a layer into tf.sequential({layers: […]})'],
      [tf.layers.timeDistributed({ layer: hidden() }), 'got a TimeDistributed; put a layer into'],
      [Promise.resolve(half), 'got a Promise; await it'],
    ];
    for (const [given, message] of wrong) {
      const model = given as tf.LayersModel;
      await expectCleanRejection(() => predictive(model, x), message);
      await expectCleanRejection(() => predictiveMoments(model, x), message);
      await expectCleanRejection(() => evaluateElbo(model, { x, y }), message);
      await expectCleanRejection(() => diagnose(model), message);
      expect(() => predictiveStream(model, x)).toThrow(message);
    }
  });
});
