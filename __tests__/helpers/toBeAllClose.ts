/**
 * Compares tensors and nested arrays number by number: |actual − expected| ≤ atol + rtol · |expected|.
 *
 * It throws by itself, since it also runs in a browser, where there is no jest.
 */
import * as tf from '@tensorflow/tfjs';

export interface Tolerance {
  rtol?: number;
  atol?: number;
}

type Numbers = tf.Tensor | tf.TensorLike;

export function expectAllClose(
  actual: Numbers,
  expected: Numbers,
  { rtol = 1e-5, atol = 1e-6 }: Tolerance = {},
): void {
  const a = values(actual);
  const e = values(expected);
  if (a.shape.join() !== e.shape.join())
    throw new Error(`The shape is [${a.shape.join(', ')}] instead of [${e.shape.join(', ')}].`);
  let worst = 0;
  let where = '';
  a.numbers.forEach((v, i) => {
    const target = e.numbers[i]!;
    const same = v === target || Object.is(v, target);
    const excess = same ? 0 : Math.abs(v - target) / (atol + rtol * Math.abs(target));
    if (!(excess <= Math.max(worst, 1))) {
      worst = excess;
      where = `at ${i} of ${a.numbers.length}: ${v} instead of ${target}, ${excess.toPrecision(3)} times what is allowed`;
    }
  });
  if (where !== '') throw new Error(`Not close ${where} (rtol ${rtol}, atol ${atol}).`);
}

/** In double precision where arrays are given, which tf.tensor would round. */
function values(numbers: Numbers): { numbers: number[]; shape: number[] } {
  if (numbers instanceof tf.Tensor) return { numbers: Array.from(numbers.dataSync()), shape: numbers.shape };
  const flat = tf.util.flatten<number>(numbers as number[]);
  return { numbers: flat, shape: tf.tidy(() => tf.tensor(numbers as number[]).shape) };
}
