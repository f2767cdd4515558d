/**
 * What a layer of weights does to its input, apart from where the weights come from: a map z = L(X, A) that is linear in
 * X and in A, and in which each z is a sum of products x·a with no weight twice.
 *
 * From that alone follows all that a Bayesian layer needs. For independent weights with means M and variances V
 *
 *     E[z] = L(X, M),     Var[z] = L(X², V)                                        X known
 *     E[z] = L(E[x], M),  Var[z] = L(Var[x], M²) + L(Var[x] + E[x]², V)            X random, independent of A
 *
 * and the estimators of the draw are written once, over any map.
 *
 * A is a list: a kernel alone, or with a bias behind it (see `bias.ts`). The functions of a map are plain products, on no
 * tape: `linear.ts` makes the differentiable one of them. The caller tidies.
 */
import type * as tf from '@tensorflow/tfjs';

export interface LinearMap {
  /** The name by which a backend's fast ways know it. */
  readonly kind: string;
  /** L(X, A) */
  product: (X: tf.Tensor, A: readonly tf.Tensor[]) => tf.Tensor;
  /** L(X, A) + b, b on the last axis, where a backend may add it in the same go. */
  productPlus?: (X: tf.Tensor, A: tf.Tensor, b: tf.Tensor) => tf.Tensor;
  /** ∂⟨dz, L(X, A)⟩/∂X, of the shape of X. */
  gradientInX: (dz: tf.Tensor, X: tf.Tensor, A: readonly tf.Tensor[]) => tf.Tensor;
  /** ∂⟨dz, L(X, A)⟩/∂A_i, of the shape of A_i. */
  gradientInA: (dz: tf.Tensor, X: tf.Tensor, A: readonly tf.Tensor[], i: number) => tf.Tensor;
  /** What meets the squares of the weights: X², or X itself where it stands for a row of zeros with a single one. */
  squared: (X: tf.Tensor) => tf.Tensor;
  /** The gradient in X from that in what `squared` made of it. */
  gradientOfSquared: (X: tf.Tensor, dsquared: tf.Tensor) => tf.Tensor;
  /** The shape of z for one of X. */
  outputShape: (xShape: readonly number[], aShapes: ReadonlyArray<readonly number[]>) => number[];
  /** How many channels stand on the last axis of X, unless it has none, and on that of z. */
  channels: (aShapes: ReadonlyArray<readonly number[]>) => { input?: number; output: number };
  /**
   * For each of A its axis of output channels, where z has them on its last axis in the same order: the draws of many A
   * can then stand side by side in one product.
   */
  outputAxes?: readonly number[];
  /** L(X_s, A_s) for S inputs [S, ...] and S draws of the weights [S, ...] at once, differentiable. */
  productsOfEach?: (X: tf.Tensor, A: readonly tf.Tensor[]) => tf.Tensor;
}
