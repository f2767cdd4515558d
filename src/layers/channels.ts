/** The order of the axes at a layer's door: its map has the channels last. */
import * as tf from '@tensorflow/tfjs';
import { NO_FRAME, type Frame } from './mappedLayer';
import type { Shape } from './oneInput';

/** With what it does to shapes. */
export interface ShapedFrame extends Frame {
  intoShape: (shape: Shape) => Shape;
  outShape: (shape: Shape) => Shape;
}

export const CHANNELS_LAST: ShapedFrame = {
  ...NO_FRAME,
  intoShape: (shape) => shape,
  outShape: (shape) => shape,
};

/** [B, C, ...axes] outside, [B, ...axes, C] inside. */
export const CHANNELS_FIRST: ShapedFrame = {
  into: toLast,
  varianceInto: toLast,
  out: toFirst,
  varianceOut: toFirst,
  intoShape: ([B, C, ...axes]) => [B!, ...axes, C!],
  outShape: ([B, ...rest]) => [B!, rest.at(-1)!, ...rest.slice(0, -1)],
};

function toLast(X: tf.Tensor): tf.Tensor {
  return tf.transpose(X, [0, ...X.shape.slice(2).map((_, i) => i + 2), 1]);
}

function toFirst(h: tf.Tensor): tf.Tensor {
  return tf.transpose(h, [0, h.rank - 1, ...h.shape.slice(2).map((_, i) => i + 1)]);
}
