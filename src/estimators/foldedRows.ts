/** The order of what is folded: the draws of a row stand behind one another, [B·S, ...]; some products want them in front. */
import * as tf from '@tensorflow/tfjs';
import type { Block } from '../noise/foldedNoise';

/** [B·S, ...] → [S, B, ...] */
export const toTheFront = (X: tf.Tensor, { rows: B, draws: S }: Block): tf.Tensor =>
  tf.reshape(tf.transpose(tf.reshape(X, [B, S, X.size / (B * S)]), [1, 0, 2]), [S, B, ...X.shape.slice(1)]);

/** [S, B, ...] → [B·S, ...] */
export const behindTheirRows = (z: tf.Tensor, { rows: B, draws: S }: Block): tf.Tensor =>
  tf.reshape(tf.transpose(tf.reshape(z, [S, B, z.size / (B * S)]), [1, 0, 2]), [B * S, ...z.shape.slice(2)]);

/** [B, ...] → [B·S, ...], each row once for each draw. */
export const repeated = (t: tf.Tensor, { rows: B, draws: S }: Block): tf.Tensor =>
  tf.reshape(tf.tile(tf.reshape(t, [B, 1, t.size / B]), [1, S, 1]), [B * S, ...t.shape.slice(1)]);
