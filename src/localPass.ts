/**
 * What a training pass needs of a layer of local reparameterization, as one operation: the draw of `moments.ts` and the
 * KL of `spread.ts`, which share the variances, and their gradients, of which each weight gets a share from both.
 *
 *     A_variance  = e^(2 ln A_scale)
 *     z           = X·A_mean + √(X²·A_variance) · ε
 *     KL          = ½ Σ [ (A_mean/p)² + e^u − 1 − u ],   u = 2 (ln A_scale − ln p)        nats
 */
import * as tf from '@tensorflow/tfjs';
import type { LocalPassInputs } from './kernels/contract';
import { kernels } from './kernels/door';
import { LOCAL_DRAW } from './moments';
import { defineFusedOp } from './op';
import { SPREAD_AND_KL } from './spread';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type DrawAndKL = {
  /** Pre-activations, [B, H]. */
  z: tf.Tensor;
  /** KL from the prior, nats, summed over all weights. */
  kl: tf.Scalar;
};

/**
 * The draw and the KL, differentiable in X [B, D], A_mean, ln_A_scale [D, H] and the noise [B, H].
 *
 * @param p the prior's stddev.
 */
export function localPass(
  X: tf.Tensor,
  A_mean: tf.Tensor,
  ln_A_scale: tf.Tensor,
  noise: tf.Tensor,
  p: number,
): DrawAndKL {
  const [z, kl] = tf.tidy(() => localPassOp([X, A_mean, ln_A_scale, noise], { p }).slice(0, 2));
  return { z: z!, kl: kl as tf.Scalar };
}

const localPassOp = defineFusedOp<{ p: number }>({
  name: 'BNNLocalPass',
  arity: 4,
  keepsOutputs: true,
  forward(inputs, { p }) {
    const [X, A_mean, ln_A_scale, noise] = inputs as LocalPassInputs;
    const fast = kernels().localPass?.([X, A_mean, ln_A_scale, noise], p);
    if (fast !== undefined) return fast;
    const [A_variance, kl] = SPREAD_AND_KL.forward([A_mean, ln_A_scale], { p, power: 2 });
    const [z, σ] = LOCAL_DRAW.forward([X, A_mean, A_variance!, noise], {});
    return [z!, kl!, σ!, A_variance!];
  },
  gradients([dz, dKL], { inputs, outputs: [z, kl, σ, A_variance] }, { p }) {
    const [X, A_mean, ln_A_scale, noise] = inputs as LocalPassInputs;
    const dnoise = (): tf.Tensor => tf.mul(dz!, σ!);
    const fast = kernels().localPassGradients?.(
      dz!,
      dKL!,
      [X, A_mean, ln_A_scale, noise],
      [σ!, A_variance!],
      p,
    );
    if (fast !== undefined) return [...fast, dnoise];
    const ofDraw = LOCAL_DRAW.gradients(
      [dz!],
      { inputs: [X, A_mean, A_variance!, noise], outputs: [z!, σ!] },
      {},
    );
    const ofKL = (dA_variance: tf.Tensor): Array<() => tf.Tensor> =>
      SPREAD_AND_KL.gradients(
        [dA_variance, dKL!],
        { inputs: [A_mean, ln_A_scale], outputs: [A_variance!, kl!] },
        { p, power: 2 },
      );
    return [
      ofDraw[0]!,
      () => tf.add(ofDraw[1]!(), ofKL(A_variance!)[0]!()),
      () => ofKL(ofDraw[2]!())[1]!(),
      dnoise,
    ];
  },
});
