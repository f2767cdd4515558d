/**
 * The cross entropy of a distribution p over C classes with the softmax q of logits l, and its gradient in closed form:
 *
 *     H  = −Σ_c p_c ln q_c,     ln q_c = l_c − ln Σ_k exp l_k        nats
 *     dl = dH · (q Σ_c p_c − p)
 *
 * A class that p leaves out costs nothing, also where its logit is −Infinity.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { lnSoftmax } from '../numerics/softmax';
import { defineFusedOp } from '../op';
import { areFinite } from './targets';
import { where } from '../numerics/where';

/** p and logits [..., C] → [...]; differentiable in the logits, and in p. */
export function crossEntropy(p: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  const C = logits.shape.at(-1)!;
  const asMatrix = (t: tf.Tensor): tf.Tensor => (t.rank === 2 ? t : tf.reshape(t, [-1, C]));
  return tf.tidy(() => {
    const [H] = crossEntropyOp([asMatrix(p), asMatrix(logits)], {});
    return tf.reshape(H!, logits.shape.slice(0, -1));
  });
}

/** [p, logits], matrices → [H, ln q], H as a column */
const crossEntropyOp = defineFusedOp({
  name: 'BNNCrossEntropy',
  keepsOutputs: true,
  forward([p, logits]) {
    const fast = kernels().crossEntropy?.(p!, logits!);
    if (fast !== undefined && areFinite(fast[0].dataSync())) return fast;
    const ln_q = lnSoftmax(logits!);
    const p_ln_q = where(tf.equal(p!, 0), tf.zerosLike(p!), tf.mul(p!, ln_q));
    return [tf.sub(0, tf.sum(p_ln_q, 1, true)), ln_q];
  },
  gradients: ([dH], { inputs: [p], outputs: [, ln_q] }) => [
    () => tf.neg(tf.mul(dH!, ln_q!)),
    () =>
      kernels().crossEntropyGradient?.(dH!, p!, ln_q!) ??
      tf.mul(dH!, tf.sub(tf.mul(tf.exp(ln_q!), tf.sum(p!, 1, true)), p!)),
  ],
});
