/**
 * An estimator of a layer's output: how z = L(X, A) is drawn, for a map L and a factorised Gaussian A ~ Normal(M, S²).
 *
 * All of them draw each z by itself from the right distribution; they differ in how the z of one pass depend on each other,
 * and in the variance of the gradient. The noise is an argument: standard normal tensors, in the order of `noise`.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Power } from '../gaussian/spread';
import type { LinearMap } from '../maps/map';
import type { FoldedNoise } from '../noise/foldedNoise';

export interface Estimator {
  readonly name: 'local' | 'weightSpace' | 'flipout';
  /** What a draw makes of the scales first: stddevs (1) or variances (2), see `gaussian/spread.ts`. */
  readonly power: Power;
  /** Do all calls of one pass need the same noise, for z that depend on each other as they should? */
  readonly oneNoisePerPass: boolean;
  /** The shapes of the noise of one draw. */
  noise: (map: LinearMap, xShape: readonly number[], aShapes: readonly Shape[]) => number[][];
  /** What `outputOf`, which works row by row, makes of one draw of z; differentiable in X, M and the spread S^power. */
  draw: (
    map: LinearMap,
    X: tf.Tensor,
    weights: Weights,
    noise: readonly tf.Tensor[],
    outputOf?: OutputFunction,
  ) => tf.Tensor;
  /** Independent draws [S, ...z] for one X; the noise has an axis S in front. */
  draws: (map: LinearMap, X: tf.Tensor, weights: Weights, noise: readonly tf.Tensor[]) => tf.Tensor;
  /**
   * Gets ready to draw S times for each row of X, whose draws stand behind one another in all that is folded: outputs are
   * [B·S, ...]. X is the same for all draws, [B, ...] (`shared`), or each draw has its own, [B·S, ...].
   */
  fold: (
    map: LinearMap,
    X: tf.Tensor,
    weights: Weights,
    shared: boolean,
    outputOf: OutputFunction,
  ) => Folding;
}

export type OutputFunction = (z: tf.Tensor) => tf.Tensor;

export type Shape = readonly number[];

/** M, and S^power, for each weight of a map. */
export interface Weights {
  mean: readonly tf.Tensor[];
  spread: readonly tf.Tensor[];
}

/** What no draw changes is computed once, when it is made; the caller tidies what is neither kept nor drawn. */
export interface Folding {
  /** What all draws need, of its own: it has to live until the last one, and is the caller's to dispose of then. */
  kept: tf.Tensor[];
  /** Outputs [B·S, ...] */
  draw: (noise: FoldedNoise) => tf.Tensor;
}

/** Weights that stay as they are for draws that come later: a layer lets go of its tensors whenever it is trained. */
export const ownWeights = ({ mean, spread }: Weights): Weights => ({
  mean: mean.map((t) => t.clone()),
  spread: spread.map((t) => t.clone()),
});
