/** The digits example in its parts: command line, data, corruptions, progress, and what is said of the posterior. */
import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../../examples/backend';
import { invert, noise, rotate } from '../../examples/digits/corruptions';
import { CLASSES, loadDigits, PIXELS, pixels, SIDE, split, type Example } from '../../examples/digits/data';
import { aurocOf, eceOf, meanOf } from '../../examples/digits/estimates';
import { LETTERS, letters, TYPEFACES } from '../../examples/digits/letters';
import { FULL, parseOptions, QUICK, UsageError } from '../../examples/digits/options';
import { progress, type Terminal } from '../../examples/progress';
import { randomNumbers, shuffled } from '../../examples/random';
import { auroc, expectedCalibrationError } from '../../src/index';
import { rowsOf, valuesOf } from '../../examples/values';
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

describe('the letters', () => {
  const pictures = (seed: number): number[][] =>
    rowsOf(
      valuesOf(() => letters(seed)),
      PIXELS,
    );

  it('are each letter of each typeface once, in the form of MNIST, turned as the seed says', () => {
    const all = pictures(0);
    expect(all).toHaveLength(LETTERS.length * Object.keys(TYPEFACES).length);
    expect(new Set(all.map((picture) => picture.join())).size).toBe(all.length);
    expect(pictures(0)).toEqual(all);
    expect(pictures(1)).not.toEqual(all);
    for (const picture of all) {
      const mass = picture.reduce((sum, v) => sum + v, 0);
      const centre = (place: (i: number) => number): number =>
        picture.reduce((sum, v, i) => sum + v * (place(i) + 0.5), 0) / mass;
      // What falls below a tenth of full ink at its edge moves a centre a little.
      expect(Math.abs(centre((i) => i % SIDE) - SIDE / 2)).toBeLessThan(0.2);
      expect(Math.abs(centre((i) => Math.floor(i / SIDE)) - SIDE / 2)).toBeLessThan(0.2);
      const rows = [...picture.keys()].filter((i) => picture[i]! > 0.02).map((i) => Math.floor(i / SIDE));
      expect(Math.max(...rows) - Math.min(...rows)).toBeLessThanOrEqual(21);
      // MNIST's digits have about 100 full pixels of ink.
      expect([mass > 30, mass < 260]).toEqual([true, true]);
    }
  });

  it('are drawn in the typefaces that were named, and no two of them alike', () => {
    const all = pictures(0);
    const A = Object.keys(TYPEFACES).map((_, i) => all[i * LETTERS.length]!);
    const distances = A.flatMap((a, i) =>
      A.slice(0, i).map((b) => a.reduce((sum, v, k) => sum + Math.abs(v - b[k]!), 0)),
    );
    expect(Math.min(...distances)).toBeGreaterThan(10);
  });
});

describe('the standard errors', () => {
  const random = randomNumbers(9);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  /** Of 300 test sets: the stddev of the values, and the mean of the errors that were given. */
  const spread = (f: () => { value: number; error: number }): [stddev: number, error: number] => {
    const all = Array.from({ length: 300 }, f);
    const [value, error] = [meanOf(all.map((one) => one.value)), meanOf(all.map((one) => one.error))];
    return [value.error * Math.sqrt(all.length), error.value];
  };

  // A stddev of 300 numbers has an error of 1 / √600 = 4 % of itself: 5 of these.
  it.each([
    ['a mean', () => meanOf(Array.from({ length: 50 }, normal))],
    [
      'an AUROC',
      () =>
        aurocOf(
          Array.from({ length: 60 }, normal),
          Array.from({ length: 40 }, () => 1 + normal()),
        ),
    ],
  ])('of %s is by how much other test sets differ', (_, f) => {
    const [stddev, error] = spread(f);
    expect(Math.abs(error / stddev - 1)).toBeLessThan(0.2);
  });

  it('belong to the same scores as the package gives, ties included', () => {
    const [known, unknown] = [[0, 1, 1, 2], [1, 2, 3].map(Number)];
    const labels = [...known.map(() => 0), ...unknown.map(() => 1)];
    expect(aurocOf(known, unknown).value).toBeCloseTo(
      valuesOf(() => auroc([...known, ...unknown], labels))[0]!,
      6,
    );
    const p = tf.softmax(tf.randomNormal([200, 3], 0, 1, 'float32', 4));
    const classes = Array.from({ length: 200 }, (_, i) => i % 3);
    const tops = rowsOf(
      valuesOf(() => p),
      3,
    ).map((row, i) => ({
      confidence: Math.max(...row),
      right: row.indexOf(Math.max(...row)) === classes[i],
    }));
    const { value, error } = eceOf(tops, 0);
    expect(value).toBeCloseTo(valuesOf(() => expectedCalibrationError(p, classes))[0]!, 6);
    expect(eceOf(tops, 0).error).toBe(error);
    // About ½ / √200, for a net that is right as often as not.
    expect([error > 0.015, error < 0.06]).toEqual([true, true]);
  });
});
