/**
 * Sums of many numbers that keep the digits of float32.
 *
 * A backend may add up one number after the other (wasm does): over 300,000 equal weights the sum is then wrong by
 * 3e-3, since a small number added to a large sum loses its digits. Here blocks of 32 are summed, then blocks of these
 * sums, and so on; the relative error is at most 32 half units of float32 for each of the four levels that
 * a million numbers need, 8e-6, and in practice below 1e-6 (Higham 1993, "The accuracy of floating point summation", § 3).
 */
import * as tf from '@tensorflow/tfjs';

const BLOCK = 32;

/**
 * Sums x over the axes along which a tensor of `shape` was broadcast to it: the transpose of broadcasting, as a
 * gradient needs it. `[]` sums everything.
 */
export function sumTo(x: tf.Tensor, shape: number[]): tf.Tensor {
  const lengthBefore = (axis: number): number => shape[axis - (x.rank - shape.length)] ?? 1;
  const axes = x.shape.map((_, axis) => axis);
  const kept = axes.filter((axis) => lengthBefore(axis) === x.shape[axis]);
  const summed = axes.filter((axis) => !kept.includes(axis));
  const K = kept.reduce((product, axis) => product * x.shape[axis]!, 1);
  const rows = tf.reshape(tf.transpose(x, [...kept, ...summed]), [K, x.size / K]);
  return tf.reshape(sumOfRows(rows), shape);
}

/** [K, n] → [K, 1] */
function sumOfRows(x: tf.Tensor): tf.Tensor {
  const [K, n] = x.shape as [number, number];
  if (n === 1) return x;
  const blocks = Math.ceil(n / BLOCK);
  const missing = blocks * BLOCK - n;
  const whole = missing === 0 ? x : tf.concat([x, tf.zeros([K, missing])], 1);
  return sumOfRows(tf.reshape(tf.sum(tf.reshape(whole, [K * blocks, BLOCK]), -1), [K, blocks]));
}
