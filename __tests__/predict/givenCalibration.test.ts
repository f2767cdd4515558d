/** What a temperature and a scale do to a prediction, and where it has them from. */
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  entropySplit,
  gaussianNLL,
  meanAndStddev,
  predictive,
  predictiveStream,
  setCalibration,
  type Likelihood,
  type PredictiveOptions,
} from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, modelsOfEachTest, output, rowsFor, sequential } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const gaussian = (stddev: number | 'output'): Likelihood => ({ family: 'gaussian', stddev });

eachBackend('a calibration', (backend) => {
  const { made } = modelsOfEachTest(0.5);
  const net = (activation: 'linear' | 'softmax' | 'sigmoid' = 'linear'): tf.LayersModel =>
    made(sequential(hidden({ inputShape: [3] }), output({ non_linearity: activation })));
  const predicted = async (options: PredictiveOptions, model = net()): ReturnType<typeof predictive> =>
    predictive(model, rowsFor(model, 5), { samples: 40, seed: 3, batchSize: 2, ...options });

  test.each([
    ['softmax', 'categorical', 'probabilities'],
    ['linear', 'categorical', 'logits'],
    ['sigmoid', 'bernoulli', 'probabilities'],
    ['linear', 'bernoulli', 'logits'],
  ] as const)('by temperature: %s, %s %s', async (activation, family, outputs) => {
    const model = net(activation);
    const likelihood: Likelihood = { family, outputs };
    const raw = await predicted({ likelihood }, model);
    const p = await predicted({ likelihood, calibration: { temperature: 2.5 } }, model);
    const probabilitiesOf = (t: tf.Tensor): tf.Tensor =>
      outputs === 'probabilities' ? t : family === 'categorical' ? tf.softmax(t) : tf.sigmoid(t);
    const q = probabilitiesOf(raw.draws());
    // In powers of probabilities, and not by logits as the code has it.
    const power = (t: tf.Tensor): tf.Tensor => tf.pow(t, 1 / 2.5);
    const no = family === 'categorical' ? power(q).sum(-1, true) : power(q).add(power(tf.sub(1, q)));
    const expected = power(q).div(no);
    expectAllClose(probabilitiesOf(p.draws()), expected, { rtol: 1e-4, atol: 1e-5 });
    expectAllClose(p.mean(), expected.mean(0), { rtol: 1e-4, atol: 1e-5 });
    if (family === 'categorical')
      expectAllClose(p.entropy().aleatoric, entropySplit(expected).aleatoric, { atol: 1e-4 });
    else expectAllClose(p.quantile(0.6), tf.greater(p.mean(), 0.4).toFloat());
    raw.dispose();
    p.dispose();
  });

  test('by scale: all but the mean stretches about it', async () => {
    const model = net();
    const raw = await predicted({ likelihood: gaussian(0.7) }, model);
    const p = await predicted({ likelihood: gaussian(0.7), calibration: { scale: 3 } }, model);
    expectAllClose(p.mean(), raw.mean());
    expectAllClose(p.standardError(), raw.standardError());
    expectAllClose(p.stddev(), raw.stddev().mul(3));
    for (const part of ['total', 'aleatoric', 'epistemic'] as const)
      expectAllClose(p.varianceSplit()[part], raw.varianceSplit()[part].mul(9));
    const stretched = (t: tf.Tensor): tf.Tensor => raw.mean().add(tf.mul(3, tf.sub(t, raw.mean())));
    expectAllClose(p.quantile(0.05), stretched(raw.quantile(0.05)), { atol: 1e-5 });
    expectAllClose(p.interval(0.9).upper, stretched(raw.quantile(0.95)), { atol: 1e-5 });
    expectAllClose(p.draws(), stretched(raw.draws()), { atol: 1e-5 });
    raw.dispose();
    p.dispose();
  });

  test('by scale, with stddevs from the output: the draws hold the greater ones', async () => {
    const model = net();
    const raw = await predicted({ likelihood: gaussian('output') }, model);
    const p = await predicted({ likelihood: gaussian('output'), calibration: { scale: 0.5 } }, model);
    const [before, after] = [meanAndStddev(raw.draws()), meanAndStddev(p.draws())];
    expectAllClose(after.stddev, before.stddev.mul(0.5));
    expectAllClose(p.varianceSplit().aleatoric, after.stddev.square().mean(0));
    expectAllClose(p.varianceSplit().epistemic, tf.moments(after.mean, 0).variance);
    raw.dispose();
    p.dispose();
  });

  test('that the model keeps is found unasked, one that is given goes before it, false leaves it out', async () => {
    const model = net();
    model.setUserDefinedMetadata({ colour: 'blue' });
    setCalibration(model, { scale: 2, likelihood: gaussian(0.5) });
    expect(model.getUserDefinedMetadata()).toMatchObject({ colour: 'blue' });
    // The likelihood comes with it.
    const noise = async (options: PredictiveOptions): Promise<number> => {
      const p = await predicted(options, model);
      const [value] = p.varianceSplit().aleatoric.dataSync();
      p.dispose();
      return value!;
    };
    expect(await noise({})).toBeCloseTo(4 * 0.25, 5);
    expect(await noise({ calibration: { scale: 4 }, likelihood: gaussian(0.5) })).toBeCloseTo(4, 5);
    expect(await noise({ calibration: false, likelihood: gaussian(0.5) })).toBeCloseTo(0.25, 5);
    for await (const estimate of predictiveStream(model, rowsFor(model, 3), { maxSamples: 4 }))
      expectAllClose(estimate.varianceSplit().aleatoric, tf.ones([3, 2]));
    setCalibration(model, null);
    expect(model.getUserDefinedMetadata()).toEqual({ colour: 'blue' });
    expect(await noise({ likelihood: gaussian(0.5) })).toBeCloseTo(0.25, 5);
  });

  test('goes into the files of a model and comes out again', async () => {
    const model = net('softmax');
    setCalibration(model, { temperature: 2, examples: 7 });
    const folder = mkdtempSync(join(tmpdir(), 'calibrated-'));
    try {
      let loaded: tf.LayersModel;
      if (backend === 'tensorflow') {
        // Written to disk by the handler of tfjs-node.
        await model.save(`file://${folder}`);
        loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
      } else {
        let artifacts: tf.io.ModelArtifacts | undefined;
        const handler = tf.io.withSaveHandler((given) => {
          artifacts = given;
          return Promise.resolve({
            modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
          });
        });
        await model.save(handler);
        const text = JSON.stringify({ ...artifacts, weightData: undefined });
        const read = JSON.parse(text) as tf.io.ModelArtifacts;
        loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...read, weightData: artifacts!.weightData! }));
      }
      const [p, q, raw] = [
        await predicted({}, model),
        await predicted({}, loaded),
        await predicted({ calibration: false }, loaded),
      ];
      expectAllClose(q.mean(), p.mean());
      expect(tf.max(tf.abs(tf.sub(raw.mean(), p.mean()))).dataSync()[0]).toBeGreaterThan(0.01);
      [p, q, raw].forEach((each) => each.dispose());
      loaded.dispose();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('of several outputs: each has its own', async () => {
    const input = tf.input({ shape: [3] });
    const h = apply(hidden(), input);
    const [size, kind] = [
      apply(output({ name: 'size' }), h),
      apply(output({ name: 'kind', non_linearity: 'softmax' }), h),
    ];
    const model = made(tf.model({ inputs: input, outputs: [size, kind] }));
    setCalibration(model, [{ scale: 2, likelihood: gaussian(1) }, undefined]);
    const [p, raw] = [await predicted({}, model), await predicted({ calibration: false }, model)];
    expectAllClose(p.output('size').varianceSplit().aleatoric, tf.fill([5, 2], 4));
    expectAllClose(p.output('kind').mean(), raw.output('kind').mean());
    p.dispose();
    raw.dispose();
  });

  test('leaves no tensor behind', async () => {
    const model = net('softmax');
    const x = rowsFor(model, 5);
    await expectNoLeakLater(async () => {
      const p = await predictive(model, x, { calibration: { temperature: 2 } });
      p.mean().dispose();
      p.dispose();
    });
    await expectNoLeakLater(async () => {
      const p = await predictive(model, x, { calibration: { scale: 2 }, likelihood: gaussian(1) });
      p.quantile(0.3).dispose();
      tf.dispose(p.varianceSplit());
      p.dispose();
    });
  });

  test('may be changed while a prediction runs', async () => {
    const model = net('softmax');
    const x = rowsFor(model, 5);
    const calibration = { temperature: 2 };
    const running = predictive(model, x, { seed: 1, calibration });
    calibration.temperature = 50;
    const [p, q] = [await running, await predictive(model, x, { seed: 1, calibration: { temperature: 2 } })];
    expectAllClose(p.mean(), q.mean());
    p.dispose();
    q.dispose();
  });

  test.each<[string, PredictiveOptions, string]>([
    [
      'a scale of classes',
      { likelihood: { family: 'categorical', outputs: 'logits' }, calibration: { scale: 2 } },
      'a scale calibrates targets with Gaussian or Student’s t noise, got a categorical likelihood',
    ],
    [
      'a temperature of numbers',
      { likelihood: gaussian(1), calibration: { temperature: 2 } },
      'a temperature calibrates probabilities of classes or labels, got a gaussian likelihood',
    ],
    ['counts', { likelihood: { family: 'poisson' }, calibration: { scale: 2 } }, 'got a poisson likelihood'],
    ['no likelihood', { calibration: { scale: 2 } }, 'got outputs without a likelihood'],
    [
      'another likelihood',
      { likelihood: gaussian(1), calibration: { scale: 2, likelihood: gaussian(2) } },
      'the calibration is for {"family":"gaussian","stddev":2}, got {"family":"gaussian","stddev":1}',
    ],
    [
      'both',
      { calibration: { scale: 2, temperature: 2 } },
      'calibration must hold one of temperature and scale',
    ],
    [
      '0',
      { calibration: { temperature: 0 } },
      'temperature of calibration must be from 0.001 to 1000, got 0',
    ],
    ['true', { calibration: true as never }, 'calibration must be {temperature} or {scale}, got true'],
    ['a typing mistake', { calibration: { temprature: 1 } as never }, 'temprature'],
    ['too many', { calibration: [{ scale: 1 }, { scale: 1 }] }, 'must be an array of 1, one for each output'],
  ])('is refused: %s', async (_, options, message) => {
    const model = net();
    const x = rowsFor(model, 3);
    await expectCleanRejection(() => predictive(model, x, options), message);
  });

  test('that a file has garbled is refused, and a model compiled for something else', async () => {
    const model = net();
    model.setUserDefinedMetadata({ 'tfjs-bnn.calibration': [{ scale: 'wide' }] });
    const x = rowsFor(model, 3);
    await expectCleanRejection(
      () => predictive(model, x),
      'predictive: scale of the calibration that the model keeps must be',
    );
    setCalibration(model, { scale: 2, likelihood: gaussian(0.3) });
    model.compile({ optimizer: 'sgd', loss: gaussianNLL({ stddev: 0.4 }) });
    await expectCleanRejection(
      () => predictive(model, x),
      /the calibration is for .*0\.3.* calibration: false/,
    );
  });
});
