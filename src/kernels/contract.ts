/**
 * What a backend may do its own way. Each function computes what the room that calls it says in tf ops, to float
 * rounding; each may be missing: then the tf ops are run.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Prior } from '../gaussian/prior';
import type { Window } from '../numerics/convolutionWindow';
import type { Keys } from './normals';

export interface Kernels {
  /** What changes with the numbers of a variable also where a kernel changes them in place. */
  version: (variable: tf.Tensor) => unknown;
  /** `noise.ts`: standard normal numbers. */
  normals: (shape: number[], keys: Keys) => tf.Tensor;
  /** `maps/dense.ts`: a·b, aᵀ·b or a·bᵀ of two matrices. */
  product: (a: tf.Tensor, b: tf.Tensor, transpose?: 'first' | 'second') => tf.Tensor;
  /** `maps/dense.ts`: X·A + b, b [H] for X·A [B, H]. */
  affine: (X: tf.Tensor, A: tf.Tensor, b: tf.Tensor) => tf.Tensor;
  /** `maps/bias.ts`: the sum of each column of a matrix, [H] of [B, H]. */
  columnSums: (matrix: tf.Tensor) => tf.Tensor;
  /** `convolutionGradients.ts`: the gradient in the filter. */
  convFilterGradient: (x: tf.Tensor4D, dy: tf.Tensor4D, window: Window) => tf.Tensor4D;
  /** `convolutionGradients.ts`: the gradient in the filter of a depthwise convolution. */
  depthwiseFilterGradient: (x: tf.Tensor4D, dy: tf.Tensor4D, window: Window) => tf.Tensor4D;
  /** `convolutionGradients.ts`: the gradient in x. */
  convInputGradient: (dy: tf.Tensor4D, filter: tf.Tensor4D, window: Window) => tf.Tensor4D;
  /** `localDraw.ts`: z = mean + σ ε and σ = √variance. */
  reparameterize: (
    mean: tf.Tensor,
    variance: tf.Tensor,
    noise: tf.Tensor,
  ) => [z: tf.Tensor, sigma: tf.Tensor];
  /** `localDraw.ts`: dz · ε / (2σ), 0 where σ = 0. */
  varianceGradient: (dz: tf.Tensor, noise: tf.Tensor, sigma: tf.Tensor) => tf.Tensor;
  /** The local reparameterization over a map, by the map's kind. */
  local: Partial<Record<string, LocalKernels>>;
  /** `spread.ts`: V = S² and the KL. */
  varianceAndKL: (M: tf.Tensor, ln_S: tf.Tensor, prior: Prior) => [V: tf.Tensor, kl: tf.Tensor];
  /** `spread.ts`: the gradient in ln S. */
  lnScaleGradient: (dV: tf.Tensor, dKL: tf.Tensor, ln_S: tf.Tensor, V: tf.Tensor, prior: Prior) => tf.Tensor;
  /** `crossEntropy.ts`: H, a column [rows, 1], and ln q. */
  crossEntropy: (p: tf.Tensor, logits: tf.Tensor) => [H: tf.Tensor, ln_q: tf.Tensor];
  /** `crossEntropy.ts`: the gradient in the logits. */
  crossEntropyGradient: (dH: tf.Tensor, p: tf.Tensor, ln_q: tf.Tensor) => tf.Tensor;
  /** `relu.ts`: dy where y > 0, else 0. */
  reluGradient: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor;
  /** `adam.ts`: the update of all variables of a step. @returns whether it was done; if not, nothing has changed. */
  adam: (updates: AdamUpdate[], constants: AdamConstants) => boolean;
}

/** What becomes of z in the same go: nothing, max(0, z), or that and a column of ones behind it (of matrices alone). */
export type DrawnOutput = 'z' | 'relu' | 'reluWithOnes';

/** Of each list the means of all weights come first, then the variances V, or in a pass ln S. */
export interface LocalKernels {
  /** `localDraw.ts`: z and σ from [X, noise, ...M, ...V]. */
  draw: (inputs: tf.Tensor[]) => [z: tf.Tensor, sigma: tf.Tensor];
  /** `localDraw.ts`: the gradients in X, M and V. */
  drawGradients: (dz: tf.Tensor, inputs: tf.Tensor[], sigma: tf.Tensor) => Array<() => tf.Tensor>;
  /** `localDraw.ts`: the output of the draw, for which no gradient is asked. */
  drawnOutput: (inputs: tf.Tensor[], output: DrawnOutput) => tf.Tensor;
  /** `localPass.ts`: the output, c · KL, σ and V from [X, noise, ...M, ...ln S]. */
  pass: (inputs: tf.Tensor[], priors: readonly Prior[], c: number, output: DrawnOutput) => tf.Tensor[];
  /** `localPass.ts`: the gradients in X, M and ln S; `saved` are the output, σ and V. */
  passGradients: (
    doutput: tf.Tensor,
    dScaledKL: tf.Tensor,
    inputs: tf.Tensor[],
    saved: tf.Tensor[],
    priors: readonly Prior[],
    c: number,
    output: DrawnOutput,
  ) => Array<() => tf.Tensor>;
}

/** A variable, its gradient and its two moments, all of one shape. */
export interface AdamUpdate {
  w: tf.Variable;
  g: tf.Tensor;
  m: tf.Variable;
  v: tf.Variable;
}

export interface AdamConstants {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** 1 − β₁ᵗ */
  correction1: number;
  /** 1 − β₂ᵗ */
  correction2: number;
}
