import * as tf from '@tensorflow/tfjs';
import {
  bernoulliNLL,
  categoricalNLL,
  gaussianNLL,
  poissonNLL,
  studentTNLL,
  type NegativeLogLikelihood,
} from '../../src';
import * as check from '../../src/check';
import * as outputs from '../../src/likelihoods/outputs';
import { eachBackend } from '../helpers/eachBackend';

const x = Array.from({ length: 16 }, (_, i) => [Math.sin(i), Math.cos(2 * i), 1 - i / 8]);
const numbers = tf.util.flatten<number>(x);
const labels = numbers.map((v) => (v > 0 ? 1 : 0));

/** What `fit` says of a plain net that ends in `activation`, after one batch. */
async function firstBatch(
  loss: NegativeLogLikelihood,
  activation?: 'relu' | 'linear' | 'softmax',
  targets = ['gaussianNLL', 'studentTNLL'].includes(loss.name) ? numbers : labels,
): Promise<string> {
  const last = tf.layers.dense({
    units: 3,
    inputShape: [3],
    ...(activation && { activation }),
    kernelInitializer: tf.initializers.randomNormal({ stddev: 0.2, seed: 3 }),
  });
  const model = tf.sequential({ layers: [last] });
  model.compile({ optimizer: 'sgd', loss });
  const xs = tf.tensor2d(x);
  const ys = loss.name === 'categoricalNLL' ? tf.tidy(() => tf.oneHot(tf.tensor1d(x.map((_, i) => i % 3), 'int32'), 3)) : tf.tensor2d(targets, [16, 3]); // prettier-ignore
  const message = await model.fit(xs, ys, { epochs: 1, verbose: 0 }).then(
    () => 'trained',
    (error: unknown) => (error as Error).message,
  );
  model.dispose();
  tf.dispose([xs, ys]);
  return message;
}

eachBackend('a loss looks at what the model gives', () => {
  test.each<[string, () => NegativeLogLikelihood, 'relu' | 'linear', string]>([
    [
      'categoricalNLL',
      () => categoricalNLL(),
      'relu',
      "let the last layer end in softmax, or say outputs: 'logits'",
    ],
    ['categoricalNLL', () => categoricalNLL(), 'linear', 'yPred must hold class probabilities'],
    [
      'bernoulliNLL',
      () => bernoulliNLL(),
      'relu',
      "let the last layer end in sigmoid, or say outputs: 'logits'",
    ],
    [
      'bernoulliNLL',
      () => bernoulliNLL(),
      'linear',
      'bernoulliNLL: yPred must hold probabilities, from 0 to 1',
    ],
    ['poissonNLL', () => poissonNLL({ outputs: 'rate' }), 'relu', 'let the last layer end in softplus'],
    [
      'poissonNLL',
      () => poissonNLL({ outputs: 'rate' }),
      'linear',
      'poissonNLL: yPred must hold rates of at least 0',
    ],
  ])(
    '%s of rates or probabilities refuses the first batch of a last layer left %s',
    async (_, loss, activation, message) => {
      // prettier-ignore
      expect(await firstBatch(loss(), activation)).toContain(message);
    },
  );

  test.each([
    ['categoricalNLL', categoricalNLL({ outputs: 'logits' })],
    ['bernoulliNLL', bernoulliNLL({ outputs: 'logits' })],
    ['poissonNLL', poissonNLL()],
  ])('%s of logits and log rates takes a linear one', async (_, loss) => {
    expect(await firstBatch(loss)).toBe('trained');
  });

  test('categoricalNLL of logits refuses those that a softmax made', async () => {
    expect(await firstBatch(categoricalNLL({ outputs: 'logits' }), 'softmax')).toBe(
      'categoricalNLL: yPred must hold logits, got rows that all sum to 1, as a softmax gives; ' +
        "let the last layer be linear, or leave out outputs: 'logits'",
    );
  });

  test.each([
    ['gaussianNLL', () => gaussianNLL({ stddev: 1 })],
    ['studentTNLL', () => studentTNLL({ df: 4, scale: 1 })],
  ])('%s warns once of a relu before targets that are negative', async (who, loss) => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const relu = loss();
    for (let i = 0; i < 2; i++) expect(await firstBatch(relu, 'relu')).toBe('trained');
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^tfjs-bnn: ${who}: the outputs look like those of a relu, .* \\d+ of 48 targets are negative;`,
        ),
      ),
    ]);
    warn.mockClear();
    // Not of linear ones, nor before targets that are all at least 0.
    expect(await firstBatch(loss(), 'linear')).toBe('trained');
    expect(await firstBatch(loss(), 'relu', labels)).toBe('trained');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('a row of logits that leaves no class open is refused, NaN is left to the loss', () => {
    tf.tidy(() => {
      const y = tf.tensor2d([[1, 0]]);
      expect(() => categoricalNLL({ outputs: 'logits' })(y, tf.fill([1, 2], -Infinity))).toThrow(
        'categoricalNLL: every row of yPred must have a logit above -Infinity',
      );
      for (const loss of [categoricalNLL(), bernoulliNLL(), poissonNLL({ outputs: 'rate' })])
        expect(loss(y, tf.fill([1, 2], NaN)).dataSync()[0]).toBeNaN();
    });
  });

  test('large outputs are looked at in the first three calls of a loss only', () => {
    tf.tidy(() => {
      const [y, wrong] = [tf.zeros([5000, 2]), tf.fill([5000, 2], 2)];
      const loss = poissonNLL({ outputs: 'rate' });
      for (let i = 0; i < 3; i++) expect(() => loss(y, tf.neg(wrong))).toThrow('rates of at least 0');
      expect(() => loss(y, tf.neg(wrong))).not.toThrow();
    });
  });
});

describe('an output is looked at', () => {
  beforeAll(() => tf.setBackend('cpu'));
  afterEach(() => jest.restoreAllMocks());

  /** What a check says of rows of an output, while a gradient is recorded as in training, or not. */
  const said = (looked: outputs.OutputCheck, rows: number[][], trains = false): string =>
    tf.tidy(() => {
      const look = (output: tf.Tensor): tf.Tensor => {
        looked(output);
        return tf.sum(output);
      };
      try {
        if (trains) tf.grad(look)(tf.tensor2d(rows));
        else look(tf.tensor2d(rows));
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing';
    });

  test('always where it is small, else in three calls of each loss', () => {
    const calls = (size: number): boolean[] => {
      const looked = outputs.rateCheck('who');
      return Array.from({ length: 5 }, () => said(looked, [Array<number>(size).fill(-1)]) !== 'nothing');
    };
    expect(calls(2 ** 13)).toEqual([true, true, true, true, true]);
    expect(calls(2 ** 13 + 1)).toEqual([true, true, true, false, false]);
  });

  test('not on a GPU', () => {
    jest.spyOn(check, 'isOnGPU').mockReturnValue(true);
    expect(said(outputs.rateCheck('who'), [[-1]])).toBe('nothing');
  });

  test.each<[number[][], string]>([
    [[[0.5, 0.5], [0, 1]], 'nothing'], // prettier-ignore
    [[[0.5, 0.5009], [0.2, 0.7992]], 'nothing'], // prettier-ignore
    [[[0.5, 0.5], [0.5, 0.502]], 'every row of yPred must hold class probabilities, which sum to 1, got a sum of 1.00'], // prettier-ignore
    [[[0.5, 0.5], [0.5, 0.498]], 'got a sum of 0.997'], // prettier-ignore
    [[[0.5, 0.5], [-0.5, 1.5]], 'yPred must hold class probabilities, got a value of -0.5'], // prettier-ignore
    [[[0.5, 0.5], [1.5, -0.5]], 'got a value of -0.5'], // prettier-ignore
    // Two rows of which only the sums of both are right.
    [[[0.75, 0.75], [0.25, 0.25]], 'got a sum of 1.5'], // prettier-ignore
  ])('for probabilities of classes: %j', (rows, words) => {
    expect(said(outputs.probabilitiesCheck('who'), rows)).toContain(words);
  });

  const shut = -Infinity;
  test.each<[number[][], string]>([
    [[[shut, 0, shut], [shut, shut, -1e30], [1, shut, shut]], 'nothing'], // prettier-ignore
    [[[0, 0, 0], [shut, shut, shut]], 'every row of yPred must have a logit above -Infinity, got one with none'], // prettier-ignore
    [[[shut, shut, shut], [0, 0, 0]], 'got one with none'], // prettier-ignore
    [[[0, shut, shut], [shut, 0, 0]], 'nothing'], // prettier-ignore
    [[[shut, shut, shut], [shut, 0, 0]], 'got one with none'], // prettier-ignore
  ])('for logits of classes: %j', (rows, words) => {
    expect(said(outputs.logitsCheck('who'), rows)).toContain(words);
  });

  test('for rows of a sequence', () => {
    tf.tidy(() => {
      const p = tf.tensor3d([0.5, 0.5, 0.1, 0.9, 1, 0], [1, 3, 2]);
      expect(() => outputs.probabilitiesCheck('who')(p)).not.toThrow();
      const l = tf.tensor3d([shut, shut, 0, 0, shut, shut], [1, 2, 3]);
      expect(() => outputs.logitsCheck('who')(l)).not.toThrow();
    });
  });

  /** 1 − 2⁻¹⁵ is above 0.9999. */
  const sure = 1 - 2 ** -15;
  /** So many zeros, and else this. */
  const zerosIn = (length: number, zeros: number, else_ = 0.5): number[][] => [
    Array.from({ length }, (_, i) => (i < zeros ? 0 : else_)),
  ];

  test.each<[number[][], string]>([
    [[[0, 1, 0.5, 1 + 2 ** -23]], 'nothing'],
    [[[0.5], [1 + 2 ** -19]], 'got a value of 1.000001'],
    [[[0.5], [-(2 ** -20)]], 'yPred must hold probabilities, from 0 to 1, got a value of -9.5'],
  ])('for probabilities of a yes: %j', (rows, words) => {
    expect(said(outputs.sigmoidCheck('who'), rows)).toContain(words);
  });

  test.each<[string, number[][], boolean]>([
    ['two zeros of 16', zerosIn(16, 2), true],
    ['one of 16', zerosIn(16, 1), false],
    ['ten of 15', zerosIn(15, 10), false],
    ['two of 17', zerosIn(17, 2), false],
    ['three of 17', zerosIn(17, 3), true],
  ])('for what a relu gives, in training: %s', (_, rows, isRelu) => {
    const words = 'got what a relu gives, many zeros, which have no gradient';
    for (const looked of [outputs.sigmoidCheck('who'), outputs.rateCheck('who')]) {
      expect(said(looked, rows, true)).toContain(isRelu ? words : 'nothing');
      expect(said(looked, rows)).toBe('nothing');
    }
  });

  test('for what a relu gives: a probability of 1 is none, a rate of 1 may be', () => {
    const words = 'what a relu gives';
    expect(said(outputs.sigmoidCheck('who'), zerosIn(16, 15, sure), true)).toBe('nothing');
    expect(said(outputs.sigmoidCheck('who'), zerosIn(16, 15, 0.9998), true)).toContain(words);
    expect(said(outputs.rateCheck('who'), zerosIn(16, 15, sure), true)).toContain(words);
  });

  test('for rates: 0 is one', () => {
    expect(said(outputs.rateCheck('who'), [[0, 1e30]])).toBe('nothing');
    expect(said(outputs.rateCheck('who'), [[1], [-1e-30]])).toMatch(
      /rates of at least 0, got a value of -(1|9.9)/,
    );
  });
});
