/** The nets of the digits example in training, and what is said of them. */
import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../../examples/backend';
import { CLASSES, loadDigits, PIXELS, SIDE } from '../../examples/digits/data';
import { aboutOf } from '../../examples/digits/about';
import { evaluate } from '../../examples/digits/evaluation';
import { bayesianNet, klOf, lastLayerNet, LEARNING_RATE, plainNet } from '../../examples/digits/nets';
import { remark } from '../../examples/digits/remarks';
import { sampleOf } from '../../examples/digits/sample';
import { table } from '../../examples/digits/table';
import { train } from '../../examples/digits/training';
import { valuesOf } from '../../examples/values';
import { expectAllClose } from '../helpers/toBeAllClose';

beforeAll(async () => {
  expect(await startBackend('wasm', () => undefined)).toBe('wasm, as --backend says');
});

describe('the training', () => {
  const options = { units: 8, seed: 3, klWeight: 1 };

  beforeEach(() => {
    said = [];
    jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  });
  afterEach(() => jest.restoreAllMocks());
  let said: string[];

  it('is the same for the same seed, and leaves no tensor', async () => {
    const { train: digits } = loadDigits(200, 0);
    for (const made of [bayesianNet, lastLayerNet]) {
      const trained = async (seed: number): Promise<number> => {
        const net = made({ ...options, seed });
        const before = tf.memory().numTensors;
        await train(net, digits, { epochs: 2, seed, callbacks: [] });
        // Adam keeps two moments for each weight, and two powers.
        expect(tf.memory().numTensors - before).toBeLessThanOrEqual(2 * net.trainableWeights.length + 2);
        return klOf(net);
      };
      const kl = await trained(3);
      expect(await trained(3)).toBe(kl);
      expect(await trained(4)).not.toBe(kl);
    }
  });

  it('counts the digits that are trained on for the KL, and says whether the posterior is at rest', async () => {
    const { train: digits } = loadDigits(100, 0);
    const net = lastLayerNet(options);
    await train(net, digits, { epochs: 2, seed: 0, callbacks: [] });
    expect((net.layers[2] as unknown as { klFactor: number }).klFactor).toBeCloseTo(1 / 80, 12);
    expect(said.join('\n')).toContain('the posterior has not come to rest');
  });

  it('stops when it is told to, and then says that this is no posterior', async () => {
    const { train: digits } = loadDigits(100, 0);
    const net = lastLayerNet(options);
    const stop = { onBatchEnd: () => void (net.stopTraining = true) };
    await train(net, digits, { epochs: 50, seed: 0, callbacks: [stop] });
    expect(said.join('\n')).toContain('this is an early-stopped net, not the posterior');
  });

  it('has no recipe for a plain net, whose squares count in the loss', async () => {
    const { train: digits } = loadDigits(100, 0);
    const net = plainNet(options);
    let squares = NaN;
    const watch = {
      onBatchEnd: (_: number, logs?: tf.Logs) =>
        void (squares = logs!.loss! - logs!.categoricalCrossentropy!),
    };
    await train(net, digits, { epochs: 1, seed: 0, callbacks: [watch] });
    expect(said).toEqual([]);
    expect(squares).toBeGreaterThan(0);
    expect(net.optimizer).toMatchObject({ learningRate: LEARNING_RATE });
  });

  it('gives all nets the same shape', () => {
    const x = tf.zeros([2, PIXELS]);
    for (const net of [bayesianNet(options), lastLayerNet(options), plainNet(options)])
      expect((net.predict(x) as tf.Tensor).shape).toEqual([2, CLASSES]);
  });
});

describe('the report', () => {
  const said = (more: object): string =>
    remark({ name: 'net', klWeight: 1, kl: 1600, datasetSize: 800, ...more });

  it('says whether it is the true ELBO, and why not', () => {
    expect(said({})).toBe(
      'net: T = 1, the loss is the true negative ELBO; ' +
        'KL of the posterior from the prior 1600 nats, 2.00 for each of 800 digits.',
    );
    expect(said({ klWeight: 0.05 })).toMatch(/T = 0\.05, .* tempered .* not the true one.*underfits/);
    expect(said({ klWeight: 0 })).toMatch(/T = 0, the loss has no KL/);
  });

  it('tells the page what was trained', () => {
    const options = { units: 8, epochs: 3, seed: 2, klWeight: 0.1, full: false };
    expect(aboutOf(options, 8000, false).nets).toBe(
      '784-8-8-10, trained on 8,000 digits (3 epochs, a quick run, seed 2). ' +
        'Bayesian in all layers, KL weight 0.1; the plain net has L2.',
    );
    expect(aboutOf(options, 8000, true).nets).toContain('(stopped early, seed 2)');
    expect(aboutOf({ ...options, full: true }, 8000, false).nets).toContain('(3 epochs, seed 2)');
  });

  it('scores a net that knows all digits and doubts all that is none', async () => {
    const { test } = loadDigits(100, 0);
    const known = valuesOf(() => test.x);
    const oracle = (x: tf.Tensor2D): Promise<tf.Tensor2D> => {
      const same = x.size === known.length && valuesOf(() => x).every((v, i) => v === known[i]);
      return Promise.resolve(same ? test.y.clone() : tf.fill<tf.Rank.R2>([x.shape[0], CLASSES], 1 / CLASSES));
    };
    const before = tf.memory().numTensors;
    const evaluation = await evaluate(oracle, test, 0);
    expect(tf.memory().numTensors).toBe(before);
    const sure = (value: number): object => ({ value, error: 0 });
    expect(evaluation).toMatchObject({ accuracy: sure(1), nll: sure(0), ece: sure(0), entropy: sure(0) });
    expect(Object.keys(evaluation.corrupted)).toEqual([
      'rotated by 90°',
      'inverted',
      'uniform noise',
      'letters',
    ]);
    for (const { entropy, auroc } of Object.values(evaluation.corrupted)) {
      expect(entropy.value).toBeCloseTo(Math.log(CLASSES), 5);
      expect(auroc).toEqual(sure(1));
    }
    const text = table([
      { name: 'one', evaluation },
      { name: 'other', evaluation: { ...evaluation, accuracy: { value: 0.5, error: 0.1118 } } },
    ]);
    expect(text).toMatch(/^Test digits +one +other\n {2}accuracy +100\.00 ± 0\.00 % +50\.00 ± 11\.18 %\n/);
    expect(text).toMatch(
      /AUROC by that entropy +one +other\n {2}rotated by 90° +1\.000 ± 0\.000 +1\.000 ± 0\.000\n/,
    );
  });

  it('hands four test digits of each class to the page', () => {
    const { test } = loadDigits(1000, 0);
    const { side, digits } = sampleOf(test);
    expect(side).toBe(SIDE);
    expect(digits.map(({ label }) => label)).toEqual(
      Array.from({ length: 4 * CLASSES }, (_, i) => Math.floor(i / 4)),
    );
    const first = test.labels.indexOf(0);
    const bytes = Array.from(Buffer.from(digits[0]!.pixels, 'base64'), (v) => v / 255);
    expectAllClose(bytes, tf.slice(test.x, first, 1).reshape([PIXELS]), { atol: 0.5 / 255 + 1e-6 });
  });
});
