/**
 * The gradients of a convolution as convolutions themselves, in tf ops: for backends that lack them, or run plain loops.
 *
 * Along one axis, with stride s, dilation d and t zeros before, z_p = Σ_k w_k · x_(s p + d k − t). Then
 *
 *     dx_i = Σ dz_p · w_k  over all p and k with s p + d k = i + t,
 *     dw_k = Σ_p dz_p · x_(s p + d k − t).
 *
 * The first, for s = 1, is a convolution of dz with w turned round. For s > 1 (and d = 1) write i + t = s u + r and
 * k = s j + r: for each remainder r it is one of stride 1, dx_(s u + r − t) = Σ_j dz_(u − j) · w_(s j + r), with every s-th
 * number of w. All remainders are channels of one convolution, and are then sorted into their places.
 *
 * The second is a convolution of x with dz, whose strides are the dilations and whose dilations are the strides; the
 * examples, over which it sums, take the place of the channels.
 */
import * as tf from '@tensorflow/tfjs';
import type { Padding, Window } from './convolutionWindow';

type Borders = [before: number, after: number];
const AXES = [0, 1] as const;

/** The gradient in x [batch, height, width, channels]. */
export function turnedConvolution(dy: tf.Tensor4D, filter: tf.Tensor4D, window: Window): tf.Tensor4D {
  const { strides, dilations, filterShape } = window;
  const [, , channels, outChannels] = filterShape;
  return tf.tidy(() => {
    const { turned, taps } = turn(filter, window);
    const kernel = tf.reshape<tf.Rank.R4>(tf.transpose(turned, [0, 2, 5, 1, 3, 4]), [
      ...taps,
      outChannels,
      strides[0] * strides[1] * channels,
    ]);
    return placed(dy, window, taps, (dz, pad) => tf.conv2d(dz, kernel, 1, pad, 'NHWC', dilations));
  });
}

/** The same of a depthwise convolution, whose filter is [height, width, channels, multiplier]. */
export function turnedDepthwise(dy: tf.Tensor4D, filter: tf.Tensor4D, window: Window): tf.Tensor4D {
  const { strides, dilations, filterShape } = window;
  const [, , channels, multiplier] = filterShape;
  const remainders = strides[0] * strides[1];
  return tf.tidy(() => {
    const { turned, taps } = turn(filter, window);
    const kernel = tf.reshape<tf.Rank.R4>(tf.transpose(turned, [0, 2, 4, 5, 1, 3]), [
      ...taps,
      channels * multiplier,
      remainders,
    ]);
    return placed(dy, window, taps, (dz, pad) => {
      const z = tf.depthwiseConv2d(dz, kernel, 1, pad, 'NHWC', dilations);
      const [batch, rows, columns] = z.shape;
      const shape = [batch * rows * columns, channels, multiplier, remainders];
      const sums = multiplier === 1 ? z : tf.sum(tf.reshape(z, shape), 2);
      const byRemainder =
        remainders === 1 ? sums : tf.transpose(tf.reshape(sums, [-1, channels, remainders]), [0, 2, 1]);
      return tf.reshape(byRemainder, [batch, rows, columns, remainders * channels]);
    });
  });
}

/** The gradient in the filter [height, width, channels, outChannels]. */
export function filterConvolution(x: tf.Tensor4D, dy: tf.Tensor4D, window: Window): tf.Tensor4D {
  const { inputShape, filterShape, strides, dilations, before, outSize } = window;
  return tf.tidy(() => {
    const borders = AXES.map((i): Borders => {
      const last = (outSize[i] - 1) * strides[i] + (filterShape[i] - 1) * dilations[i] - before[i];
      return [before[i], last - (inputShape[i + 1]! - 1)];
    });
    const bordered = withBorders(x, borders);
    if (bordered === undefined) return tf.zeros(filterShape);
    const examplesLast = tf.transpose(bordered.inside, [3, 1, 2, 0]);
    const kernel = tf.transpose(dy, [1, 2, 0, 3]);
    return tf.transpose(
      tf.conv2d(examplesLast, kernel, dilations, bordered.pad, 'NHWC', strides),
      [1, 2, 0, 3],
    );
  });
}

/** [height, width, …] turned round and apart by remainders of the strides: [j, r, j', r', …]. */
function turn(
  filter: tf.Tensor4D,
  { strides: [down, across] }: Window,
): { turned: tf.Tensor; taps: [number, number] } {
  const [height, width, ...channels] = filter.shape;
  const taps: [number, number] = [Math.ceil(height / down), Math.ceil(width / across)];
  const whole = tf.pad(filter, [[0, taps[0] * down - height], [0, taps[1] * across - width], [0, 0], [0, 0]]); // prettier-ignore
  // In four axes: webgl reverses no more.
  const apart = tf.reshape(whole, [taps[0], down, taps[1], -1]);
  return {
    turned: tf.reshape(tf.reverse(apart, [0, 2]), [taps[0], down, taps[1], across, ...channels]),
    taps,
  };
}

/** Sorts what a convolution of dz makes, [batch, u, u', r · r' · channels], into the places of dx. */
function placed(
  dy: tf.Tensor4D,
  { inputShape, strides, dilations, before, outSize }: Window,
  taps: [number, number],
  convolve: (dz: tf.Tensor4D, pad: Padding) => tf.Tensor,
): tf.Tensor4D {
  const [batch, height, width, channels] = inputShape;
  const [down, across] = strides;
  const first = AXES.map((i) => Math.floor(before[i] / strides[i]));
  const last = AXES.map((i) => Math.floor((before[i] + inputShape[i + 1]! - 1) / strides[i]));
  const bordered = withBorders(
    dy,
    AXES.map((i) => [(taps[i] - 1) * dilations[i] - first[i]!, last[i]! - (outSize[i] - 1)]),
  );
  if (bordered === undefined) return tf.zeros(inputShape);
  const z = convolve(bordered.inside, bordered.pad);
  const [, rows, columns] = z.shape as [number, number, number];
  const apart = tf.reshape(z, [batch, rows, columns, down, across * channels]);
  const sorted = down === 1 ? apart : tf.transpose(apart, [0, 1, 3, 2, 4]);
  const offset = AXES.map((i) => before[i] % strides[i]);
  return tf.slice(
    tf.reshape<tf.Rank.R4>(sorted, [batch, rows * down, columns * across, channels]),
    [0, offset[0]!, offset[1]!, 0],
    [batch, height, width, channels],
  );
}

/** Borders of zeros, which the convolution is told to add; negative ones are cut off. Nothing if nothing is left. */
function withBorders(x: tf.Tensor4D, borders: Borders[]): { inside: tf.Tensor4D; pad: Padding } | undefined {
  const [batch, height, width, channels] = x.shape;
  const cut = borders.map(([before, after]): Borders => [Math.max(0, -before), Math.max(0, -after)]);
  const [rows, columns] = [height, width].map((n, i) => n - cut[i]![0] - cut[i]![1]) as [number, number];
  if (rows < 1 || columns < 1) return undefined;
  const isWhole = rows === height && columns === width;
  const inside = isWhole ? x : tf.slice(x, [0, cut[0]![0], cut[1]![0], 0], [batch, rows, columns, channels]);
  const added = borders.map(([before, after]): Borders => [Math.max(0, before), Math.max(0, after)]);
  const pad: tf.backend_util.ExplicitPadding = [[0, 0], added[0]!, added[1]!, [0, 0]];
  // TensorFlow's own convolution takes no such padding through TensorFlow.js.
  return tf.getBackend() === 'tensorflow' ? { inside: tf.pad(inside, pad), pad: 'valid' } : { inside, pad };
}
