/**
 * What a backend may do its own way. Each function computes what the room that calls it says in tf ops, to float
 * rounding; each may be missing: then the tf ops are run.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Window } from '../numerics/convolutionWindow';
import type { Keys } from './normals';

export interface Kernels {
  /** What changes with the numbers of a variable also where a kernel changes them in place. */
  version: (variable: tf.Tensor) => unknown;
  /** `noise.ts`: standard normal numbers. */
  normals: (shape: number[], keys: Keys) => tf.Tensor;
  /** `moments.ts`: a·b, aᵀ·b or a·bᵀ of two matrices. */
  product: (a: tf.Tensor, b: tf.Tensor, transpose?: 'first' | 'second') => tf.Tensor;
  /** `convolutionGradients.ts`: the gradient in the filter. */
  convFilterGradient: (x: tf.Tensor4D, dy: tf.Tensor4D, window: Window) => tf.Tensor4D;
  /** `convolutionGradients.ts`: the gradient in the filter of a depthwise convolution. */
  depthwiseFilterGradient: (x: tf.Tensor4D, dy: tf.Tensor4D, window: Window) => tf.Tensor4D;
  /** `convolutionGradients.ts`: the gradient in x. */
  convInputGradient: (dy: tf.Tensor4D, filter: tf.Tensor4D, window: Window) => tf.Tensor4D;
  /** `moments.ts`: z = mean + σ ε and σ = √variance. */
  reparameterize: (mean: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor) => [z: tf.Tensor, σ: tf.Tensor];
  /** `moments.ts`: dz · ε / (2σ), 0 where σ = 0. */
  varianceGradient: (dz: tf.Tensor, noise: tf.Tensor, σ: tf.Tensor) => tf.Tensor;
  /** `moments.ts`: z and σ from X, A_mean, A_variance and the noise. */
  localDraw: (inputs: LocalDrawInputs) => [z: tf.Tensor, σ: tf.Tensor];
  /** `moments.ts`: the gradients in X, A_mean and A_variance. */
  localDrawGradients: (dz: tf.Tensor, inputs: LocalDrawInputs, σ: tf.Tensor) => Array<() => tf.Tensor>;
  /** `localReluDraw.ts`: relu and ones of the draw, for which no gradient is asked. */
  localReluDraw: (inputs: LocalDrawInputs) => tf.Tensor;
  /** `spread.ts`: A_variance and the KL. */
  varianceAndKL: (
    A_mean: tf.Tensor,
    ln_A_scale: tf.Tensor,
    p: number,
  ) => [A_variance: tf.Tensor, kl: tf.Tensor];
  /** `spread.ts`: the gradient in ln A_scale. */
  lnScaleGradient: (
    dA_variance: tf.Tensor,
    dKL: tf.Tensor,
    ln_A_scale: tf.Tensor,
    A_variance: tf.Tensor,
    p: number,
  ) => tf.Tensor;
  /** `localPass.ts`: the output (with relu and ones, or z), c · KL, σ and A_variance. */
  localPass: (
    inputs: LocalPassInputs,
    prior: ScaledPrior,
    relu: boolean,
  ) => [output: tf.Tensor, scaledKL: tf.Tensor, σ: tf.Tensor, A_variance: tf.Tensor];
  /** `localPass.ts`: the gradients in X, A_mean and ln A_scale. */
  localPassGradients: (
    doutput: tf.Tensor,
    dScaledKL: tf.Tensor,
    inputs: LocalPassInputs,
    outputs: [output: tf.Tensor, σ: tf.Tensor, A_variance: tf.Tensor],
    prior: ScaledPrior,
    relu: boolean,
  ) => Array<() => tf.Tensor>;
  /** `crossEntropy.ts`: H, a column [rows, 1], and ln q. */
  crossEntropy: (p: tf.Tensor, logits: tf.Tensor) => [H: tf.Tensor, ln_q: tf.Tensor];
  /** `crossEntropy.ts`: the gradient in the logits. */
  crossEntropyGradient: (dH: tf.Tensor, p: tf.Tensor, ln_q: tf.Tensor) => tf.Tensor;
  /** `relu.ts`: dy where y > 0, else 0. */
  reluGradient: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor;
  /** `adam.ts`: the update of all variables of a step. @returns whether it was done; if not, nothing has changed. */
  adam: (updates: AdamUpdate[], constants: AdamConstants) => boolean;
}

/** [B, D], [D, H], [D, H], [B, H] */
export type LocalDrawInputs = [X: tf.Tensor, A_mean: tf.Tensor, A_variance: tf.Tensor, noise: tf.Tensor];

/** [B, D], [D, H], [D, H], [B, H] */
export type LocalPassInputs = [X: tf.Tensor, A_mean: tf.Tensor, ln_A_scale: tf.Tensor, noise: tf.Tensor];

/** The prior of the weights, and its weight in the loss. */
export interface ScaledPrior {
  /** The prior's stddev. */
  p: number;
  /** What the KL is multiplied by. */
  c: number;
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
