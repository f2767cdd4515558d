/**
 * Mean and variance of a sequence of draws that comes in parts, without holding the sequence.
 *
 * A part of n draws with mean m and sum of squared deviations Q joins k earlier ones (Chan, Golub & LeVeque 1983,
 * "Algorithms for computing the sample variance", eq. 2.1; Welford 1962 is the case n = 1):
 *
 *     δ = m − mean,   mean ← mean + δ n/(k + n),   M ← M + Q + δ² k n/(k + n),   variance = M / (k + n)
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';

export class RunningMoments {
  private state: { mean: tf.Tensor; M: tf.Tensor } | undefined;
  private k = 0;

  /** How many draws were taken in. */
  get count(): number {
    return this.k;
  }

  /** Length of the first axis of the mean; 0 before the first `add`. */
  get rows(): number {
    return this.state?.mean.shape[0] ?? 0;
  }

  /** Takes in the draws that lie along an axis; the tensor stays the caller's. */
  add(draws: tf.Tensor, axis = 0): void {
    const [before, k, n] = [this.state, this.k, draws.shape[axis]!];
    this.state = tf.tidy(() => {
      const m = tf.mean(draws, axis);
      const Q = tf.sum(tf.squaredDifference(draws, tf.expandDims(m, axis)), axis);
      if (before === undefined) return { mean: tf.keep(m), M: tf.keep(Q) };
      const delta = tf.sub(m, before.mean);
      const mean = tf.add(before.mean, tf.mul(delta, n / (k + n)));
      const M = tf.add(tf.add(before.M, Q), tf.mul(tf.square(delta), (k * n) / (k + n)));
      return { mean: tf.keep(mean), M: tf.keep(M) };
    });
    this.k = k + n;
    tf.dispose(before);
  }

  /** A fresh tensor. @throws before the first `add` */
  mean(): tf.Tensor {
    return this.filled().mean.clone();
  }

  /** The variance with 1/k (not 1/(k − 1)), a fresh tensor. @throws before the first `add` */
  variance(): tf.Tensor {
    return tf.div(this.filled().M, this.k);
  }

  dispose(): void {
    tf.dispose(this.state);
    this.state = undefined;
    this.k = 0;
  }

  private filled(): { mean: tf.Tensor; M: tf.Tensor } {
    return (
      this.state ?? refuse('RunningMoments', 'there must be something to average', 'nothing yet', 'add first')
    );
  }
}
