/**
 * The gradient of a depthwise convolution in its filter, in tf ops, for backends that lack it: for each tap of the filter
 *
 *     dw[c, m] = Σ dy[b, p, q, c, m] · x[b, p', q', c]
 *
 * over examples and positions, (p', q') being what the tap sees at (p, q).
 */
import * as tf from '@tensorflow/tfjs';
import type { Window } from './convolutionWindow';

/** [height, width, channels, multiplier] */
export function depthwiseTaps(x: tf.Tensor4D, dy: tf.Tensor4D, window: Window): tf.Tensor4D {
  const { inputShape, filterShape, outSize, strides, dilations, before } = window;
  const [height, width, channels, multiplier] = filterShape;
  const positions = inputShape[0] * outSize[0] * outSize[1];
  const span = [0, 1].map((i) => (outSize[i]! - 1) * strides[i]! + 1);
  return tf.tidy(() => {
    const borders = [0, 1].map((i): [number, number] => {
      const needed = span[i]! + (filterShape[i]! - 1) * dilations[i]!;
      return [before[i]!, Math.max(0, needed - before[i]! - inputShape[i + 1]!)];
    });
    const padded = tf.pad(x, [[0, 0], ...borders, [0, 0]]);
    const ones = tf.ones([1, positions]);
    const dz = tf.reshape(dy, [positions, channels, multiplier]);
    const tap = (i: number, j: number): tf.Tensor =>
      tf.tidy(() => {
        const [top, left] = [i * dilations[0], j * dilations[1]];
        const seen = tf.stridedSlice(
          padded,
          [0, top, left, 0],
          [inputShape[0], top + span[0]!, left + span[1]!, channels],
          [1, ...strides, 1],
        );
        const products = tf.mul(tf.reshape(seen, [positions, channels, 1]), dz);
        return tf.matMul(ones, tf.reshape(products, [positions, channels * multiplier]));
      });
    const taps = Array.from({ length: height * width }, (_, k) => tap(Math.floor(k / width), k % width));
    return tf.reshape(tf.concat(taps), filterShape);
  });
}
