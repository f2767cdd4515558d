import * as tf from '@tensorflow/tfjs';
import { agrees } from '../../src/plain/agreement';
import { Probe } from '../../src/plain/probe';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';

eachBackend('a layer agrees with what is expected of it', () => {
  const seen = (t: tf.Tensor, column?: number) => ({
    probe: { tensor: t, mask: undefined, folded: false },
    column,
  });
  const same = tf.layers.activation({ activation: 'linear', name: 'same' });
  const agreesOn = (input: number[], expected: number[]): boolean =>
    tf.tidy(() => agrees(same, [seen(tf.tensor2d([input]))], [seen(tf.tensor2d([expected]))]));

  test.each<[string, number[], number[], boolean]>([
    ['in equal numbers', [1, 2], [1, 2], true],
    ['but for rounding', [1, 2], [1.000001, 2], true],
    ['but not beyond', [1, 2], [1.001, 2], false],
    ['in numbers that are all small', [1e-8, 2e-8], [1e-8, 3e-8], false],
    ['where both know no number', [NaN, Infinity], [NaN, Infinity], true],
    ['but not where one does', [NaN, 1], [1, 1], false],
    ['nor between infinities', [Infinity, 1], [-Infinity, 1], false],
    ['nor beside one', [Infinity, 1], [Infinity, 2], false],
    ['nor in other shapes', [1, 2], [1, 2, 3], false],
  ])('%s', (_, input, expected, is) => {
    expect(agreesOn(input, expected)).toBe(is);
  });

  test('without the constant column', () => {
    tf.tidy(() => {
      const into = seen(tf.tensor2d([[3, 4, 1]]), 1);
      expect(agrees(same, [into], [seen(tf.tensor2d([[3, 4, 7]]), 7)])).toBe(true);
      expect(agrees(same, [into], [seen(tf.tensor2d([[3, 4, 7]]))])).toBe(false);
    });
  });
});

eachBackend('a probe', () => {
  const tensorOf = (probe: Probe, shape: Array<number | null>, dtype: tf.DataType): tf.Tensor =>
    probe.input(tf.input({ batchShape: shape, dtype })).tensor;

  test('has rows that are valid for whatever an input may be', () => {
    expectNoLeak(() => {
      const probe = new Probe();
      const floats = tensorOf(probe, [null, 2, null], 'float32');
      expect(floats.shape).toEqual([3, 2, 32]);
      const numbers = Array.from(floats.dataSync());
      expect(new Set(numbers.slice(64))).toEqual(new Set([0, 1]));
      expect(new Set(numbers.slice(0, 64)).size).toBe(64);
      // An embedding takes them for 0 or 1.
      expect(numbers.every((v) => v > -1 && v <= 1)).toBe(true);

      for (const dtype of ['int32', 'bool'] as const) {
        const t = tensorOf(probe, [1, 9], dtype);
        expect(t).toMatchObject({ dtype, shape: [1, 9] });
        expect(new Set(t.dataSync())).toEqual(new Set([0, 1]));
      }
      probe.dispose();
    });
  });
});
