/** The order of what is folded: the draws of a row stand behind one another, [B·S, ...]; some products want them in front. */
import type * as tf from '@tensorflow/tfjs';
import type { Block } from '../noise/foldedNoise';

/** [B·S, ...] → [S, B, ...] */
export const toTheFront = (X: tf.Tensor, { rows: B, draws: S }: Block): tf.Tensor =>
  X.reshape([B, S, X.size / (B * S)])
    .transpose([1, 0, 2])
    .reshape([S, B, ...X.shape.slice(1)]);

/** [S, B, ...] → [B·S, ...] */
export const behindTheirRows = (z: tf.Tensor, { rows: B, draws: S }: Block): tf.Tensor =>
  z
    .reshape([S, B, z.size / (B * S)])
    .transpose([1, 0, 2])
    .reshape([B * S, ...z.shape.slice(2)]);

/** [B, ...] → [B·S, ...], each row once for each draw. */
export const repeated = (t: tf.Tensor, { rows: B, draws: S }: Block): tf.Tensor =>
  t
    .reshape([B, 1, t.size / B])
    .tile([1, S, 1])
    .reshape([B * S, ...t.shape.slice(1)]);
