/**
 * The Bernoulli NLL from a logit l, and its gradient, to the last digit on either side:
 *
 *     NLL = (1 − y) relu(l) + y relu(−l) + ln(1 + e^−|l|)              nats
 *     dl  = (1 − y) σ(l) − y σ(−l),     σ(l) = 1/(1 + e^−l)
 *
 * softplus(l) − y l and σ(l) − y are the same and cancel where the label is expected: at l = 15 and y = 1 they are 0 and
 * −2.98e-7 in float32, in place of 3.06e-7 and −3.06e-7. Where ±Infinity is right, it costs 0.
 */
import * as tf from '@tensorflow/tfjs';
import { log1pSeries } from '../gaussian/kl';
import { defineOp } from '../op';
import { where } from '../numerics/where';

/** y and logits of one shape → the same; differentiable. */
export const logisticLoss = defineOp({
  name: 'BNNLogisticLoss',
  forward: (y, l) =>
    tf.add(
      tf.add(timesUnlessZero(tf.sub(1, y), tf.relu(l)), timesUnlessZero(y, tf.relu(tf.neg(l)))),
      // The series holds up to 1; log1p and softplus lose digits on wasm and on a GPU.
      log1pSeries(tf.exp(tf.neg(tf.abs(l)))),
    ),
  gradients: (dy, [y, l]) => [
    () => tf.neg(tf.mul(dy, l!)),
    () => {
      const wrong = tf.mul(tf.sub(1, y!), tf.sigmoid(l!));
      return tf.mul(dy, tf.sub(wrong, tf.mul(y!, tf.sigmoid(tf.neg(l!)))));
    },
  ],
});

/** a·b, and 0 where a is, also for an infinite b. */
const timesUnlessZero = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  where(tf.equal(a, 0), tf.zerosLike(a), tf.mul(a, b));
