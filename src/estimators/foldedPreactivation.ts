/**
 * The outputs of many draws at once, by the two ways of `preactivation.ts`.
 *
 * The S draws of a row stand behind one another, [B·S, ...]. The inputs are the same for all draws, [B, ..., D]
 * (`shared`), or each draw has its own, [B·S, ..., D]. What no draw changes is computed once, when the folding is made;
 * it then draws as often as one likes.
 */
import * as tf from '@tensorflow/tfjs';
import type { FoldedNoise } from '../noise/foldedNoise';
import { localReluDraw } from './localReluDraw';
import { localDraw, momentsOf, product, stddev } from '../gaussian/moments';
import { reluWithOnes } from '../numerics/relu';

export interface Folding {
  /** What all draws need, of its own: it has to live until the last one, and is the caller's to dispose of then. */
  kept: tf.Tensor[];
  /** Outputs [B·S, ..., H]. */
  draw: (noise: FoldedNoise) => tf.Tensor;
}

/**
 * X [..., D], A_mean and A_spread [D, H], the variances for `foldLocal`, the stddevs for `foldWeightSpace`; `outputOf`
 * works row by row. The caller tidies what is neither kept nor drawn.
 */
export type Fold = (
  X: tf.Tensor,
  A_mean: tf.Tensor,
  A_spread: tf.Tensor,
  outputOf: (z: tf.Tensor) => tf.Tensor,
  shared: boolean,
) => Folding;

/** z = mean + √variance · ε with one ε for each draw, row and unit; the moments are computed once. */
export const foldLocal: Fold = (X, A_mean, A_variance, outputOf, shared) => {
  const positions = X.shape.slice(0, -1);
  const [D, H] = A_mean.shape as [number, number];
  if (!shared)
    return {
      kept: [X],
      draw({ perRow }) {
        const ε = perRow([...positions.slice(1), H]);
        const inputs = [X.reshape([-1, D]), A_mean, A_variance, ε.reshape([-1, H])] as const;
        if (outputOf === reluWithOnes && ε.rank === 2) return localReluDraw(...inputs);
        return outputOf(localDraw(...inputs).reshape(ε.shape));
      },
    };
  const { mean, variance } = momentsOf(X, A_mean, A_variance);
  const scale = stddev(variance);
  return {
    kept: [mean, scale],
    draw({ block, perRow }) {
      const ε = perRow([...positions.slice(1), H]);
      const behindEachOther = (t: tf.Tensor, n: number): tf.Tensor => t.reshape([block.rows, n, -1]);
      const z = tf.add(
        behindEachOther(mean, 1),
        tf.mul(behindEachOther(scale, 1), behindEachOther(ε, block.draws)),
      );
      return outputOf(z.reshape(ε.shape));
    },
  };
};

/** z = X·A with one A = A_mean + A_scale ⊙ ε for each draw, the same in all rows. */
export const foldWeightSpace: Fold = (X, mean, scale, outputOf, shared) => {
  const [D, H] = mean.shape as [number, number];
  // Of its own where it draws again later: the layer lets go of its tensors whenever it is trained.
  const [A_mean, A_scale] = shared ? [mean.clone(), scale.clone()] : [mean, scale];
  const positions = X.shape.slice(1, -1);
  const P = tf.util.sizeFromShape(positions);
  return {
    kept: shared ? [X, A_mean, A_scale] : [X],
    draw({ block: { rows: B, draws: S }, perDraw }) {
      const A = tf.add(A_mean, tf.mul(A_scale, perDraw([D, H])));
      // Draws to the front, [S, B·P, H], in one product or in one for each draw; then back behind their rows.
      const z = shared
        ? product(X.reshape([B * P, D]), A.transpose([1, 0, 2]).reshape([D, S * H]))
            .reshape([B * P, S, H])
            .transpose([1, 0, 2])
        : tf.matMul(
            X.reshape([B, S, P * D])
              .transpose([1, 0, 2])
              .reshape([S, B * P, D]),
            A,
          );
      return outputOf(
        z
          .reshape([S, B, P * H])
          .transpose([1, 0, 2])
          .reshape([B * S, ...positions, H]),
      );
    },
  };
};
