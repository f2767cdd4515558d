import * as tf from '@tensorflow/tfjs';
import {
  bernoulliNLL,
  categoricalNLL,
  gaussianNLL,
  poissonNLL,
  studentTNLL,
  type NegativeLogLikelihood,
} from '../../src';
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
