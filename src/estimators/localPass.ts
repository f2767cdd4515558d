/**
 * What a training pass needs of a layer of local reparameterization, as one operation: the draw of `moments.ts` and the
 * layer's share of the loss, c · KL of `spread.ts`. They share the variances, and each weight's gradient has both in it.
 *
 *     A_variance  = e^(2 ln A_scale)
 *     z           = X·A_mean + √(X²·A_variance) · ε
 *     KL          = ½ Σ [ (A_mean/p)² + e^u − 1 − u ],   u = 2 (ln A_scale − ln p)        nats
 *     scaledKL    = c · KL
 *
 * Most layers go on with h = max(0, z) and a column of ones: that is `localReluPass`.
 */
import * as tf from '@tensorflow/tfjs';
import { appendOnes } from '../numerics/columnOfOnes';
import type { LocalPassInputs, ScaledPrior } from '../kernels/contract';
import { kernels } from '../kernels/door';
import { LOCAL_DRAW } from '../gaussian/moments';
import { defineFusedOp } from '../op';
import { SPREAD_AND_KL } from '../gaussian/spread';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type OutputAndScaledKL = {
  /** z [B, H], or with relu and ones [B, H + 1]. */
  output: tf.Tensor;
  /** c · KL from the prior, nats, summed over all weights. */
  scaledKL: tf.Scalar;
};

/** Differentiable in X [B, D], A_mean, ln_A_scale [D, H] and the noise [B, H]. */
type LocalPass = (
  X: tf.Tensor,
  A_mean: tf.Tensor,
  ln_A_scale: tf.Tensor,
  noise: tf.Tensor,
  prior: ScaledPrior,
) => OutputAndScaledKL;

/** What becomes of z, and the gradient in z from the output. */
interface Output {
  /** Is it relu with ones? */
  relu: boolean;
  of: (z: tf.Tensor) => tf.Tensor;
  dz: (doutput: tf.Tensor, output: tf.Tensor) => tf.Tensor;
}

const Z: Output = { relu: false, of: (z) => z, dz: (dz) => dz };

const RELU_WITH_ONES: Output = {
  relu: true,
  of: (z) => appendOnes(tf.relu(z)),
  dz(dh, h) {
    const [B, H1] = h.shape as [number, number];
    // Cut at the end: on cpu a cut costs more than all the rest.
    return tf.slice(tf.mul(dh, tf.step(h)), [0, 0], [B, H1 - 1]);
  },
};

/** The draw and c · KL. */
export const localPass = definePass('BNNLocalPass', Z);

/** The draw through relu with a column of ones, and c · KL. */
export const localReluPass = definePass('BNNLocalReluPass', RELU_WITH_ONES);

function definePass(name: string, { relu, of, dz: gradientInZ }: Output): LocalPass {
  const op = defineFusedOp<{ p: number; c: number }>({
    name,
    outputs: 2,
    keepsOutputs: true,
    forward(inputs, { p, c }) {
      const [X, A_mean, ln_A_scale, noise] = inputs as LocalPassInputs;
      const fast = kernels().localPass?.([X, A_mean, ln_A_scale, noise], { p, c }, relu);
      if (fast !== undefined) return fast;
      const [A_variance, kl] = SPREAD_AND_KL.forward([A_mean, ln_A_scale], { p, power: 2 });
      const [z, σ] = LOCAL_DRAW.forward([X, A_mean, A_variance!, noise], {});
      return [of(z!), tf.mul(kl!, c), σ!, A_variance!];
    },
    gradients([doutput, dScaledKL], { inputs, outputs: [output, , σ, A_variance] }, { p, c }) {
      const [X, A_mean, ln_A_scale, noise] = inputs as LocalPassInputs;
      const dnoise = (): tf.Tensor => tf.mul(gradientInZ(doutput!, output!), σ!);
      const fast = kernels().localPassGradients;
      if (fast !== undefined) {
        const outputs = [output!, σ!, A_variance!] as [tf.Tensor, tf.Tensor, tf.Tensor];
        return [
          ...fast(doutput!, dScaledKL!, [X, A_mean, ln_A_scale, noise], outputs, { p, c }, relu),
          dnoise,
        ];
      }
      const ofDraw = LOCAL_DRAW.gradients(
        [gradientInZ(doutput!, output!)],
        { inputs: [X, A_mean, A_variance!, noise], outputs: [output!, σ!] },
        {},
      );
      const dKL = tf.mul(dScaledKL!, c);
      const ofKL = (dA_variance: tf.Tensor): Array<() => tf.Tensor> =>
        SPREAD_AND_KL.gradients(
          [dA_variance, dKL],
          { inputs: [A_mean, ln_A_scale], outputs: [A_variance!] },
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
  return (X, A_mean, ln_A_scale, noise, { p, c }) => {
    const [output, scaledKL] = op([X, A_mean, ln_A_scale, noise], { p, c });
    return { output: output!, scaledKL: scaledKL as tf.Scalar };
  };
}
