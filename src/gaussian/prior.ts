/** The prior of the weights of one tensor: each ~ Normal(mean, stddev²), independent. */
import * as tf from '@tensorflow/tfjs';

/** Numbers, or tensors that broadcast to the shape of the weights and live as long as whoever computes with them. */
export interface Prior {
  mean: number | tf.Tensor;
  /** A stddev, not a variance; above 0. */
  stddev: number | tf.Tensor;
}

/** The weights' means as distances from the prior's. */
export const fromMean = (M: tf.Tensor, { mean }: Prior): tf.Tensor => (mean === 0 ? M : tf.sub(M, mean));

/** ln(S / p) from ln S. */
export const lnRatio = (ln_S: tf.Tensor, { stddev: p }: Prior): tf.Tensor =>
  tf.sub(ln_S, typeof p === 'number' ? Math.log(p) : tf.log(p));

/** One of the two as a number for each weight, where it is a tensor. */
export const forEachWeight = (part: tf.Tensor, { shape, rank }: tf.Tensor): tf.Tensor =>
  part.rank === rank && part.shape.every((n, i) => n === shape[i]) ? part : tf.broadcastTo(part, shape);
