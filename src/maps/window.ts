/** What a convolution's window does along its axes, and the filters of a dilated one. */
import * as tf from '@tensorflow/tfjs';

export interface Window {
  /** Steps along each axis. */
  strides: readonly number[];
  padding: 'same' | 'valid';
  /** Distances between the cells of the filter along each axis. Not above 1 together with strides above 1. */
  dilations: readonly number[];
}

/**
 * The filter [...sizes, I, O] with zeros between its cells, which in a plain convolution does what it does in a dilated
 * one: TensorFlow.js has gradients of plain ones alone.
 */
export const dilated = (F: tf.Tensor, dilations: readonly number[]): tf.Tensor =>
  dilations.reduce((f, d, axis) => (d === 1 ? f : spreadOut(f, axis, d)), F);

/** The cells of a dilated filter back, without what lies between. */
export const undilated = (F: tf.Tensor, dilations: readonly number[]): tf.Tensor =>
  dilations.every((d) => d === 1)
    ? F
    : tf.stridedSlice(
        F,
        F.shape.map(() => 0),
        F.shape,
        F.shape.map((_, axis) => dilations[axis] ?? 1),
      );

export const dilatedShape = (shape: readonly number[], dilations: readonly number[]): number[] =>
  shape.map((n, axis) => (n - 1) * (dilations[axis] ?? 1) + 1);

function spreadOut(F: tf.Tensor, axis: number, d: number): tf.Tensor {
  const n = F.shape[axis]!;
  const before = tf.util.sizeFromShape(F.shape.slice(0, axis));
  const after = F.size / (before * n);
  const cells = F.reshape([before * n, 1, after]);
  const spaced = tf.pad(cells, [
    [0, 0],
    [0, d - 1],
    [0, 0],
  ]);
  const length = (n - 1) * d + 1;
  return spaced
    .reshape([before, n * d, after])
    .slice([0, 0, 0], [before, length, after])
    .reshape(F.shape.map((m, i) => (i === axis ? length : m)));
}
