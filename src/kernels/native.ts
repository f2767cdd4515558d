/**
 * TensorFlow's native backend (tfjs-node): its own ops, one call each, where tf ops would take several.
 *
 * An op that tf has no name for is run by the backend's `executeSingleOutput`, which is not part of its public API:
 * without it, nothing here is offered.
 */
import * as tf from '@tensorflow/tfjs';
import type { Kernels } from './contract';

interface NativeBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number };
  executeSingleOutput?: (name: string, attributes: object[], inputs: tf.Tensor[]) => tf.Tensor;
}

export const nativeKernels: Partial<Kernels> = {
  reparameterize(mean, variance, noise) {
    const σ = tf.sqrt(variance);
    return [tf.add(mean, tf.mul(σ, noise)), σ];
  },

  varianceGradient: (dz, noise, σ) => tf.tidy(() => tf.mul(0.5, run('DivNoNan', tf.mul(dz, noise), σ))),

  spreadAndKL(A_mean, ln_A_scale, p, power) {
    const A_spread = tf.exp(power === 1 ? ln_A_scale : tf.mul(2, ln_A_scale));
    const variance = power === 1 ? tf.square(A_spread) : A_spread;
    // Sums of the parts, unless some scale is so near the prior's that they would cancel: |u| < ½.
    if (!farBelow(variance, p)) return undefined;
    farFromPrior.add(A_spread.dataId);
    const n = A_mean.size;
    const halfSum = tf.sub(tf.mul(0.5 / (p * p), tf.sum(variance)), tf.sum(ln_A_scale));
    const kl = tf.add(tf.mul(1 / (p * p), run('L2Loss', A_mean)), tf.add(halfSum, n * (Math.log(p) - 0.5)));
    return [A_spread, kl];
  },

  lnScaleGradient(dA_spread, dKL, ln_A_scale, A_spread, p, power) {
    if (power === 1) return undefined;
    if (farFromPrior.has(A_spread.dataId))
      // e^u − 1 = A_variance/p² − 1, which loses nothing here.
      return tf.sub(tf.mul(A_spread, tf.add(tf.mul(2, dA_spread), tf.div(dKL, p * p))), dKL);
    const u = tf.mul(2, tf.sub(ln_A_scale, Math.log(p)));
    return tf.add(tf.mul(dKL, tf.expm1(u)), tf.mul(tf.mul(2, dA_spread), A_spread));
  },
};

/** Spreads of which no scale is near the prior's. */
const farFromPrior = new WeakSet();

/** Is every u = ln(variance/p²) below −½? */
const farBelow = (variance: tf.Tensor, p: number): boolean =>
  tf.max(variance).dataSync()[0]! < p * p * Math.exp(-0.5);

/** One TensorFlow op of float32 tensors. */
function run(name: string, ...inputs: tf.Tensor[]): tf.Tensor {
  const backend = tf.backend() as unknown as Required<NativeBackend>;
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  return backend.executeSingleOutput(name, [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }], inputs);
}
