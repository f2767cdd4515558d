/**
 * What a training pass needs of a layer of local reparameterization, as one operation: the draw of `localDraw.ts` and the
 * layer's share of the loss, c · KL of `gaussian/spread.ts`. They share the variances, and each weight's gradient has both
 * in it. For weights ~ Normal(M, S²) with priors Normal(m₀, p²):
 *
 *     V         = e^(2 ln S)
 *     z         = L(X, M) + √L(X², V) · ε
 *     KL        = ½ Σ [ ((M − m₀)/p)² + e^u − 1 − u ],   u = 2 (ln S − ln p)        nats, over all weights
 *     scaledKL  = c · KL
 *
 * Mostly a layer goes on with h = max(0, z), a HiddenLayer with a column of ones behind it: that is part of the
 * operation then.
 */
import * as tf from '@tensorflow/tfjs';
import type { Prior } from '../gaussian/prior';
import { SPREAD_AND_KL } from '../gaussian/spread';
import type { DrawnOutput } from '../kernels/contract';
import { kernels } from '../kernels/door';
import type { LinearMap } from '../maps/map';
import { appendOnes } from '../numerics/columnOfOnes';
import { defineFusedOp } from '../op';
import type { OutputFunction } from './estimator';
import { drawnOutput, LOCAL_DRAW, named } from './localDraw';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type OutputAndScaledKL = {
  output: tf.Tensor;
  /** c · KL from the priors, nats, summed over all weights. */
  scaledKL: tf.Scalar;
};

interface PassConstants {
  map: LinearMap;
  priors: readonly Prior[];
  c: number;
}

/** What `outputOf` makes of a draw, and c · KL; differentiable in X, M, ln S and the noise. */
export function localPass(
  map: LinearMap,
  X: tf.Tensor,
  { mean: M, lnStddev: ln_S }: { mean: readonly tf.Tensor[]; lnStddev: readonly tf.Tensor[] },
  noise: tf.Tensor,
  { priors, c }: { priors: readonly Prior[]; c: number },
  outputOf: OutputFunction,
): OutputAndScaledKL {
  const drawn = drawnOutput(outputOf, noise);
  const [output, scaledKL] = PASSES[drawn]([X, noise, ...M, ...ln_S], { map, priors, c });
  return { output: drawn === 'z' ? outputOf(output!) : output!, scaledKL: scaledKL as tf.Scalar };
}

/** What becomes of z in the operation, and the gradient in z from the output. */
interface Output {
  of: (z: tf.Tensor) => tf.Tensor;
  dz: (doutput: tf.Tensor, output: tf.Tensor) => tf.Tensor;
}

const PASSES: Record<DrawnOutput, Pass> = {
  z: definePass('BNNLocalPass', 'z', { of: (z) => z, dz: (dz) => dz }),
  relu: definePass('BNNLocalReluPass', 'relu', {
    of: (z) => tf.relu(z),
    dz: (dh, h) => tf.mul(dh, tf.step(h)),
  }),
  reluWithOnes: definePass('BNNLocalReluWithOnesPass', 'reluWithOnes', {
    of: (z) => appendOnes(tf.relu(z)),
    dz(dh, h) {
      const [B, H1] = h.shape as [number, number];
      // Cut at the end: on cpu a cut costs more than all the rest.
      return tf.slice(tf.mul(dh, tf.step(h)), [0, 0], [B, H1 - 1]);
    },
  }),
};

type Pass = (inputs: tf.Tensor[], constants: PassConstants) => tf.Tensor[];

/** [X, noise, ...M, ...ln S] → [output, c · KL], and for the gradients [σ, ...V] */
function definePass(name: string, drawn: DrawnOutput, { of, dz: gradientInZ }: Output): Pass {
  return defineFusedOp<PassConstants>({
    name,
    outputs: 2,
    keepsOutputs: true,
    forward(inputs, { map, priors, c }) {
      const fast = kernels().local?.[map.kind]?.pass(inputs, priors, c, drawn);
      if (fast !== undefined) return fast;
      const { X, noise, M, V: ln_S } = named(inputs);
      const each = M.map((m, i) =>
        SPREAD_AND_KL.forward([m, ln_S[i]!], { prior: priors[i]!, power: 2 }),
      ) as Array<[V: tf.Tensor, kl: tf.Tensor]>;
      const V = each.map(([v]) => v);
      const [z, sigma] = LOCAL_DRAW.forward([X, noise, ...M, ...V], { map });
      return [of(z!), tf.mul(tf.addN(each.map(([, kl]) => kl)), c), sigma!, ...V];
    },
    gradients([doutput, dScaledKL], { inputs, outputs: [output, , sigma, ...V] }, { map, priors, c }) {
      const { X, noise, M, V: ln_S } = named(inputs);
      const dnoise = (): tf.Tensor => tf.mul(gradientInZ(doutput!, output!), sigma!);
      const saved = [output!, sigma!, ...V];
      const fast = kernels().local?.[map.kind]?.passGradients(
        doutput!,
        dScaledKL!,
        inputs,
        saved,
        priors,
        c,
        drawn,
      );
      if (fast !== undefined) return [fast[0]!, dnoise, ...fast.slice(1)];
      const [dX, , ...dA] = LOCAL_DRAW.gradients(
        [gradientInZ(doutput!, output!)],
        { inputs: [X, noise, ...M, ...V], outputs: [output!, sigma!] },
        { map },
      );
      const dKL = tf.mul(dScaledKL!, c);
      const ofKL = (i: number, dV: tf.Tensor): Array<() => tf.Tensor> =>
        SPREAD_AND_KL.gradients(
          [dV, dKL],
          { inputs: [M[i]!, ln_S[i]!], outputs: [V[i]!] },
          { prior: priors[i]!, power: 2 },
        );
      return [
        dX!,
        dnoise,
        ...M.map((_, i) => () => tf.add(dA[i]!(), ofKL(i, V[i]!)[0]!())),
        ...V.map((_, i) => () => ofKL(i, dA[M.length + i]!())[1]!()),
      ];
    },
  });
}
