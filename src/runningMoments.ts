/**
 * Mean and variance of a sequence of tensors of one shape, without holding the sequence (Welford 1962):
 *
 *     mean_k = mean_{k−1} + (x − mean_{k−1}) / k,   M_k = M_{k−1} + (x − mean_{k−1}) (x − mean_k),   variance = M_k / k
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from './check';

export class RunningMoments {
  private state: { mean: tf.Tensor; M: tf.Tensor } | undefined;
  private k = 0;

  /** How many tensors were taken in. */
  get count(): number {
    return this.k;
  }

  /** Takes one in; it stays the caller's. */
  add(x: tf.Tensor): void {
    const before = this.state;
    this.k += 1;
    this.state = tf.tidy(() => {
      if (before === undefined) return { mean: tf.keep(x.clone()), M: tf.keep(tf.zerosLike(x)) };
      const mean = tf.add(before.mean, tf.div(tf.sub(x, before.mean), this.k));
      return {
        mean: tf.keep(mean),
        M: tf.keep(tf.add(before.M, tf.mul(tf.sub(x, before.mean), tf.sub(x, mean)))),
      };
    });
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
