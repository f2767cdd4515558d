/** What all likelihoods have in common: their shapes, and what they say of wrong ones. */
import * as tf from '@tensorflow/tfjs';
import * as likelihoods from '../../src/likelihoods/likelihood';

beforeAll(() => tf.setBackend('cpu'));

const { checkOptions, checkPair, checkTensors, lossOf, sumPerExample } = likelihoods;

test('sums every axis but the batch, and gives back what has no other', () => {
  tf.tidy(() => {
    const flat = tf.tensor1d([1, 2]);
    expect(sumPerExample(flat)).toBe(flat);
    const cube = tf.tensor3d([1, 2, 4, 8, 16, 32, 64, 128], [2, 2, 2]);
    expect(sumPerExample(cube).arraySync()).toEqual([15, 240]);
  });
});

test('a loss has its name, and nobody changes what it says of itself', () => {
  const loss = lossOf('named', { family: 'poisson' }, (y) => y as tf.Tensor1D);
  expect(loss.name).toBe('named');
  expect(loss.likelihood).toEqual({ family: 'poisson' });
  expect(Object.isFrozen(loss.likelihood)).toBe(true);
});

/** What a check says of two values. */
const said = (check: typeof checkPair, yTrue: unknown, yPred: unknown): string => {
  try {
    check('who', yTrue as tf.Tensor, yPred as tf.Tensor);
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
};

test.each([
  ['float32', 'nothing'],
  ['int32', 'nothing'],
  ['bool', 'nothing'],
  ['complex64', 'who: yTrue and yPred must be of dtype float32, int32 or bool, got complex64'],
])('tensors of dtype %s', (dtype, words) => {
  tf.tidy(() => {
    const one = tf.ones([2]);
    const t = dtype === 'complex64' ? tf.complex(one, one) : tf.cast(one, dtype as 'int32');
    expect(said(checkTensors, t, one)).toContain(words);
    expect(said(checkTensors, one, t)).toContain(words);
    expect(said(checkPair, one, t)).toContain(words);
  });
});

test('what holds no examples is refused', () => {
  tf.tidy(() => {
    const one = tf.ones([2]);
    for (const none of [tf.scalar(1), tf.ones([0]), tf.ones([2, 0])]) {
      const words = `who: yTrue and yPred must hold examples [B, ...outputs], got [${none.shape.join(', ')}]`;
      expect(said(checkTensors, none, one)).toContain(words);
      expect(said(checkTensors, one, none)).toContain(words);
      expect(said(checkPair, none, none)).toContain(words);
    }
    for (const none of [undefined, null, [1, 2]]) {
      expect(said(checkPair, none, one)).toMatch(/^who: yTrue must be a tensor, got /);
      expect(said(checkPair, one, none)).toMatch(/^who: yPred must be a tensor, got /);
    }
  });
});

test.each([
  [
    [2, 3],
    [2, 4],
    ', got [2, 3]; where it ends in a HiddenLayer, say include_hidden_bias: false there: it appends a column of ones',
  ],
  [
    [2, 5, 3],
    [2, 5, 4],
    ', got [2, 5, 3]; where it ends in a HiddenLayer, say include_hidden_bias: false there: it appends a column of ones',
  ],
  [[6], [2, 3], ', got [6]; reshape the targets: yTrue.reshape([2, 3])'],
  [[2, 5], [2, 4], ', got [2, 5].'],
  [[3, 3], [2, 4], ', got [3, 3].'],
])('targets %j for outputs %j: the remedy', (yShape, shape, words) => {
  tf.tidy(() =>
    expect(said(checkPair, tf.ones(yShape), tf.ones(shape))).toContain(
      `who: yTrue must have the shape of yPred [${shape.join(', ')}]${words}`,
    ),
  );
});

test.each([undefined, null, 3, 'x', () => ({})])('options that are none: %p', (options) => {
  expect(() => checkOptions('who', options, '{df: 4}')).toThrow(
    /^who: options must be an object, got .*write who\(\{df: 4\}\)/,
  );
});

test('options that are an object', () => {
  expect(() => checkOptions('who', {}, '{df: 4}')).not.toThrow();
});
