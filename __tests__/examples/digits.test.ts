/** The digits example in its parts: command line, data, corruptions, progress, and what is said of the posterior. */
import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../../examples/backend';
import { invert, noise, rotate } from '../../examples/digits/corruptions';
import { CLASSES, loadDigits, PIXELS, pixels, SIDE, split, type Example } from '../../examples/digits/data';
import { evaluate } from '../../examples/digits/evaluation';
import { bayesianNet, hiddenLayers, klOf, plainNet } from '../../examples/digits/nets';
import { FULL, parseOptions, QUICK, UsageError } from '../../examples/digits/options';
import { progress, type Terminal } from '../../examples/progress';
import { remarks } from '../../examples/digits/remarks';
import { distanceFromRest, ScaleWatch } from '../../examples/digits/rest';
import { sampleOf } from '../../examples/digits/sample';
import { table } from '../../examples/digits/table';
import { train } from '../../examples/digits/training';
import { shuffled } from '../../examples/random';
import { valuesOf } from '../../examples/values';
import { expectAllClose } from '../helpers/toBeAllClose';

beforeAll(async () => {
  expect(await startBackend('wasm', () => undefined)).toBe('wasm, as --backend says');
});

describe('the command line', () => {
  it('is quick and tempered by default', () => {
    expect(parseOptions([])).toEqual({
      ...QUICK,
      full: false,
      klWeight: 0.05,
      seed: 0,
      units: 400,
      examples: 10_000,
      backend: undefined,
      out: 'out/digits',
    });
  });

  it('takes what is given, over the defaults of a quick and of a full run', () => {
    expect(parseOptions(['--full'])).toMatchObject({ ...FULL, full: true });
    const args = '--full --kl-weight 1 --epochs 3 --samples 4 --seed 5 --units 6 --backend wasm --out folder';
    expect(parseOptions(args.split(' '))).toEqual({
      full: true,
      klWeight: 1,
      epochs: 3,
      samples: 4,
      seed: 5,
      units: 6,
      examples: 10_000,
      backend: 'wasm',
      out: 'folder',
    });
    expect(parseOptions(['--epochs', '3', '--help'])).toBe('help');
  });

  it.each([
    ['--epoch 3', /^Unknown option '--epoch'$/],
    ['--epochs', /^Option '--epochs <value>' argument missing$/],
    ['--epochs 0', /^--epochs must be a whole number of at least 1, got "0"$/],
    ['--epochs 1.5', /^--epochs .* got "1.5"$/],
    ['--epochs=', /^--epochs .* got ""$/],
    ['--samples many', /^--samples .* got "many"$/],
    ['--units -3', /^Option '--units' argument is missing, or has to be written --option=value$/],
    ['--kl-weight=-1', /^--kl-weight must be a number of at least 0, got "-1"$/],
    ['--kl-weight Infinity', /^--kl-weight .* got "Infinity"$/],
    ['--seed=-1', /^--seed must be a whole number from 0 to 4294967295, got "-1"$/],
    ['--backend gpu', /^--backend must be native, wasm or cpu, got "gpu"$/],
    ['--out=', /^--out must be the name of a folder/],
    ['--quick --full', /^--quick and --full exclude each other$/],
    ['more', /^Unexpected argument 'more'$/],
  ])('refuses %s in one line', (args, message) => {
    const parse = (): unknown => parseOptions(args.split(' '));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});

describe('the split', () => {
  const key = ({ label, index }: Example): string => `${label}/${index}`;

  it('has all 10,000 digits, each of them once, 8,000 to train on', () => {
    const { train: trained, test } = split(10_000, 0);
    expect([trained.length, test.length]).toEqual([8000, 2000]);
    expect(new Set([...trained, ...test].map(key)).size).toBe(10_000);
  });

  it('gives every digit the same share of both parts', () => {
    const { train: trained, test } = split(10_000, 3);
    for (let label = 0; label < CLASSES; label++) {
      const count = (part: Example[]): number => part.filter((example) => example.label === label).length;
      expect(Math.abs(count(trained) - 4 * count(test))).toBeLessThanOrEqual(5);
    }
  });

  it('is decided by the seed', () => {
    const keys = (seed: number): string[] => split(500, seed).test.map(key);
    expect(keys(7)).toEqual(keys(7));
    expect(keys(7)).not.toEqual(keys(8));
    // Not all of a class together: what is cut off a list should hold all classes.
    expect(
      new Set(
        split(10_000, 0)
          .test.slice(0, 100)
          .map((example) => example.label),
      ).size,
    ).toBe(CLASSES);
  });

  it('becomes pixels from 0 to 1 and one-hot labels that belong to each other', () => {
    const parts = split(100, 0);
    const { train: trained, test } = loadDigits(100, 0);
    expect([trained.x.shape, test.y.shape]).toEqual([
      [80, PIXELS],
      [20, CLASSES],
    ]);
    expectAllClose(test.x, parts.test.map(pixels));
    expectAllClose(tf.argMax(test.y, 1), test.labels, { rtol: 0, atol: 0 });
    expect(test.labels).toEqual(parts.test.map(({ label }) => label));
    const ink = valuesOf(() => trained.x);
    expect([Math.min(...ink), Math.max(...ink) > 0.9, Math.max(...ink) <= 1]).toEqual([0, true, true]);
    tf.dispose([trained.x, trained.y, test.x, test.y]);
  });
});

it('shuffles by seed, and keeps every item', () => {
  const items = Array.from({ length: 100 }, (_, i) => i);
  const order = shuffled(items, 1, 2);
  expect(order).toEqual(shuffled(items, 1, 2));
  expect(order).not.toEqual(items);
  expect(order).not.toEqual(shuffled(items, 2, 1));
  expect(order.toSorted((a, b) => a - b)).toEqual(items);
});

describe('the corruptions', () => {
  const dot = (row: number, column: number): tf.Tensor2D =>
    tf
      .oneHot([row * SIDE + column], PIXELS)
      .toFloat()
      .as2D(1, PIXELS);

  it('rotate by a quarter turn, clockwise', () => {
    // What was at the left of the top row is at its right.
    expectAllClose(rotate(dot(0, 2), 0), dot(2, SIDE - 1));
    const x = tf.randomUniform([3, PIXELS], 0, 1, 'float32', 1).as2D(3, PIXELS);
    const turns = [0, 1, 2, 3].reduce((turned) => rotate(turned, 0), x);
    expectAllClose(turns, x, { rtol: 0, atol: 0 });
  });

  it('invert ink and paper', () => {
    expectAllClose(invert(tf.tensor2d([[0, 0.25, 1]]), 0), [[1, 0.75, 0]]);
  });

  it('make noise from 0 to 1 that the seed decides, 0 too', () => {
    const x = tf.zeros<tf.Rank.R2>([5, PIXELS]);
    const values = (seed: number): number[] => valuesOf(() => noise(x, seed));
    expect(values(0)).toEqual(values(0));
    expect(values(0)).not.toEqual(values(1));
    expect(Math.min(...values(0))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values(0))).toBeLessThanOrEqual(1);
    // 3,920 numbers with a variance of 1/12: 6 standard errors.
    const mean = values(0).reduce((sum, v) => sum + v, 0) / (5 * PIXELS);
    expect(Math.abs(mean - 0.5)).toBeLessThan(6 * Math.sqrt(1 / 12 / (5 * PIXELS)));
  });
});

describe('the progress', () => {
  function shown(isTTY: boolean): string {
    let text = '';
    const terminal: Terminal = { isTTY, columns: 200, write: (more) => (text += more) };
    const options = { name: 'net', epochs: 2, stepsPerEpoch: 2, kl: () => 3, terminal };
    const callbacks = progress(options) as Required<tf.CustomCallbackArgs>;
    const { onEpochBegin, onBatchEnd, onEpochEnd, onTrainEnd } = callbacks;
    for (const epoch of [0, 1]) {
      void onEpochBegin(epoch);
      for (const step of [0, 1]) void onBatchEnd(step, { categoricalCrossentropy: 1 + step });
      void onEpochEnd(epoch);
    }
    void onTrainEnd();
    return text;
  }

  it('is a line an epoch where nothing can be redrawn', () => {
    const lines = shown(false).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^net +epoch 1\/2 {2}step 2\/2 {2}nll 1\.500 {2}kl 3\.00 {2}0:00 left$/);
    expect(lines[1]).toMatch(/^net +epoch 2\/2 .* 0:00 left$/);
  });

  it('is one line that is redrawn on a terminal', () => {
    const text = shown(true);
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(text.endsWith('\n')).toBe(true);
    for (const drawn of text.split('\r\x1b[2K').slice(1))
      expect(drawn).toMatch(/^net +epoch \d\/2 {2}━+─* {2}step \d\/2 /);
  });
});

describe('the training', () => {
  const options = { units: 8, seed: 3, datasetSize: 160, klWeight: 1 };

  it('is the same for the same seed, and leaves no tensor', async () => {
    const { train: digits } = loadDigits(200, 0);
    const trained = async (seed: number): Promise<number> => {
      const net = bayesianNet({ ...options, seed });
      const before = tf.memory().numTensors;
      await train(net, digits, { epochs: 2, seed, callbacks: [] });
      // Adam keeps two moments for each weight, and two powers.
      expect(tf.memory().numTensors - before).toBeLessThanOrEqual(2 * 6 + 2);
      return klOf(net);
    };
    const kl = await trained(3);
    expect(await trained(3)).toBe(kl);
    expect(await trained(4)).not.toBe(kl);
  });

  it('gives both nets the same shape', () => {
    const x = tf.zeros([2, PIXELS]);
    for (const net of [bayesianNet(options), plainNet(options)])
      expect((net.predict(x) as tf.Tensor).shape).toEqual([2, CLASSES]);
  });
});

describe('the distance of the scales from rest', () => {
  const setScales = (net: tf.Sequential, scale: number, mean?: number): void => {
    for (const layer of hiddenLayers(net)) {
      const { A_mean, A_scale } = layer.posterior();
      layer.setPosterior({
        A_mean: mean === undefined ? A_mean : tf.fill(A_mean.shape, mean),
        A_scale: tf.fill(A_scale.shape, scale),
      });
    }
  };
  const blank = (N: number): ReturnType<typeof loadDigits>['train'] => ({
    x: tf.zeros<tf.Rank.R2>([N, PIXELS]),
    y: tf
      .oneHot(tf.zeros([N], 'int32'), CLASSES)
      .toFloat()
      .as2D(N, CLASSES),
    labels: Array.from({ length: N }, () => 0),
  });

  // Every pixel is blank and every mean −1, so that no unit of the first layer fires: the data see the biases alone,
  // a few hundred of 90,000 weights.
  it('is that from the prior where the data say nothing', () => {
    const net = bayesianNet({ units: 100, seed: 0, datasetSize: 4, klWeight: 0.5 });
    setScales(net, 0.03, -1);
    expect(distanceFromRest(net, blank(4))).toBeCloseTo(Math.log(0.3 / 0.03), 1);
    setScales(net, 0.3, -1);
    expect(distanceFromRest(net, blank(4))).toBeLessThan(0.01);
  });

  it('is large where the data want other scales than the prior', () => {
    const { train: digits } = loadDigits(100, 0);
    const fromPrior = (klWeight: number): number => {
      const net = bayesianNet({ units: 8, seed: 0, datasetSize: 80, klWeight });
      setScales(net, 0.3);
      return distanceFromRest(net, digits);
    };
    expect(fromPrior(1e-6)).toBeGreaterThan(1);
    expect(fromPrior(1e6)).toBeLessThan(1e-3);
  });

  it('shrinks while a net is trained', async () => {
    const { train: digits } = loadDigits(100, 0);
    const net = bayesianNet({ units: 4, seed: 0, datasetSize: 80, klWeight: 1 });
    setScales(net, 0.22);
    const scales = new ScaleWatch(net);
    const before = distanceFromRest(net, digits);
    await train(net, digits, { epochs: 150, seed: 0, callbacks: [scales.callbacks] });
    // Adam moves a log-scale by half the first learning rate a step, on average.
    expect(before).toBeGreaterThan(0.2);
    expect(distanceFromRest(net, digits)).toBeLessThan(before - 0.15);
    // The last step has next to no learning rate.
    expect(scales.change()).toBeLessThan(1e-4);
    scales.dispose();
  });

  it('is infinite without a KL', () => {
    const net = bayesianNet({ units: 2, seed: 0, datasetSize: 4, klWeight: 0 });
    expect(distanceFromRest(net, blank(4))).toBe(Infinity);
  });
});

describe('the report', () => {
  const said = (more: object): string =>
    remarks({ klWeight: 1, kl: 1600, datasetSize: 800, change: 0.01, distance: 0.05, ...more }).join('\n');

  it('says whether it is the true ELBO, and why not', () => {
    expect(said({})).toContain('T = 1: the loss is the true negative ELBO.');
    expect(said({ klWeight: 0.05 })).toMatch(/T = 0\.05: .* tempered .* not the true one.*underfits/);
    expect(said({ klWeight: 0 })).toMatch(/T = 0: the loss has no KL/);
  });

  it('says the KL in nats and how far the scales are from rest', () => {
    expect(said({})).toContain('1600 nats, 2.00 for each of 800 digits');
    expect(said({})).toMatch(/moved by 0\.01 in the last epoch.*0\.05 away from rest: at rest\.$/);
    expect(said({ distance: 1.5 })).toMatch(/1\.50 away from rest: a run cut short/);
  });

  it('scores a net that knows all digits and doubts all that is none', async () => {
    const { test } = loadDigits(100, 0);
    const known = valuesOf(() => test.x);
    const oracle = (x: tf.Tensor2D): Promise<tf.Tensor2D> => {
      const same = valuesOf(() => x).every((v, i) => v === known[i]);
      return Promise.resolve(same ? test.y.clone() : tf.fill<tf.Rank.R2>([20, CLASSES], 1 / CLASSES));
    };
    const before = tf.memory().numTensors;
    const evaluation = await evaluate(oracle, test, 0);
    expect(tf.memory().numTensors).toBe(before);
    expect(evaluation).toMatchObject({ accuracy: 1, nll: 0, ece: 0, entropy: 0 });
    for (const { entropy, auroc } of Object.values(evaluation.corrupted)) {
      expect(entropy).toBeCloseTo(Math.log(CLASSES), 5);
      expect(auroc).toBe(1);
    }
    const text = table([
      { name: 'one', evaluation },
      { name: 'other', evaluation: { ...evaluation, accuracy: 0.5 } },
    ]);
    expect(text).toMatch(/^Test digits +one +other\n {2}accuracy +100\.00 % +50\.00 %\n/);
    expect(text).toMatch(/AUROC by that entropy +one +other\n {2}rotated by 90° +1\.000 +1\.000\n/);
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
