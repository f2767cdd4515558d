/** What a convolution's window does along its axes. */
import * as tf from '@tensorflow/tfjs';

export interface Window {
  /** Steps along each axis. */
  strides: readonly number[];
  padding: 'same' | 'valid';
  /** Distances between the cells of the filter along each axis. Not above 1 together with strides above 1. */
  dilations: readonly number[];
}

/** Along an axis of n: how long the output is, and how many zeros stand before the input. */
export function along(
  { strides, padding, dilations }: Window,
  axis: number,
  n: number,
  size: number,
): { length: number; before: number } {
  const stride = strides[axis]!;
  const reach = (size - 1) * dilations[axis]!;
  if (padding === 'valid') return { length: Math.max(0, Math.ceil((n - reach) / stride)), before: 0 };
  const length = Math.ceil(n / stride);
  return { length, before: Math.max(0, (length - 1) * stride + reach + 1 - n) >> 1 };
}

/** `tf.conv2d`, or `tf.depthwiseConv2d`, which are right on every backend. */
export function planeConvolution(
  X: tf.Tensor4D,
  F: tf.Tensor4D,
  window: { strides: [number, number]; pad: 'same' | 'valid'; dilations?: [number, number] },
  convolve: typeof tf.conv2d | typeof tf.depthwiseConv2d = tf.conv2d,
): tf.Tensor4D {
  const { strides, pad, dilations = [1, 1] } = window;
  return convolve(X, F, strides, explicit(X.shape, F.shape, window) ?? pad, 'NHWC', dilations);
}

/** wasm's 'same' counts below zero where a stride is longer than the filter: there it is told the numbers. */
function explicit(
  xShape: readonly number[],
  fShape: readonly number[],
  { strides, pad, dilations = [1, 1] }: Parameters<typeof planeConvolution>[2],
): tf.backend_util.ExplicitPadding | undefined {
  const reaches = dilations.map((d, i) => (fShape[i]! - 1) * d + 1);
  const isWrong = tf.getBackend() === 'wasm' && reaches.some((reach, i) => strides[i]! > reach);
  if (pad === 'valid' || !isWrong) return undefined;
  const [rows, columns] = reaches.map((reach, i): [number, number] => {
    const n = xShape[i + 1]!;
    const zeros = Math.max(0, (Math.ceil(n / strides[i]!) - 1) * strides[i]! + reach - n);
    return [Math.floor(zeros / 2), Math.ceil(zeros / 2)];
  });
  return [[0, 0], rows!, columns!, [0, 0]];
}
