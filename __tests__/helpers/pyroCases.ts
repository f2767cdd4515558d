/** The cases of the fixture `pyro.json` as distributions of ours. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution, type HiddenLayerDistributionOptions } from '../../src/distribution';
import pyro from '../fixtures/pyro.json';
import type { Matrix } from './closedForms';

/** One case of the fixture. null stands for Pyro's NaN. */
export interface PyroCase {
  name: string;
  X: tf.TensorLike;
  A_mean: Matrix;
  A_scale: Matrix;
  non_linearity: keyof typeof NON_LINEARITIES;
  KL_factor: number;
  A_prior_scale: number | number[] | Matrix;
  include_hidden_bias: boolean;
  weight_space_sampling: boolean;
  sample_shape: number[];
  noise: tf.TensorLike;
  mean: tf.TensorLike;
  variance: tf.TensorLike;
  output: tf.TensorLike;
  KL: number;
  log_prob: number;
  cotangent: tf.TensorLike;
  grad_path: { X: tf.TensorLike; A_mean: Matrix; A_scale: Matrix };
  grad_KL: { A_mean: Matrix; A_scale: Matrix };
}

export const NON_LINEARITIES = {
  relu: tf.relu,
  tanh: tf.tanh,
  softplus: tf.softplus,
  linear: (z: tf.Tensor): tf.Tensor => z,
  sigmoid: tf.sigmoid,
  elu: tf.elu,
};

export const pyroCases = pyro.cases as unknown as PyroCase[];

export const hasGradient = ({ grad_path }: PyroCase): boolean => grad_path.A_scale[0]![0] !== null;

export function distributionOf(
  c: PyroCase,
  tensors: Partial<HiddenLayerDistributionOptions> = {},
): HiddenLayerDistribution {
  return new HiddenLayerDistribution({
    X: tf.tensor(c.X),
    A_mean: tf.tensor(c.A_mean),
    A_scale: tf.tensor(c.A_scale),
    non_linearity: NON_LINEARITIES[c.non_linearity],
    KL_factor: c.KL_factor,
    A_prior_scale: c.A_prior_scale,
    include_hidden_bias: c.include_hidden_bias,
    weight_space_sampling: c.weight_space_sampling,
    ...tensors,
  });
}

/** Derivatives of Σ output · cotangent with respect to X, A_mean and A_scale. */
export function pathGradients(c: PyroCase): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const noise = tf.tensor(c.noise);
  const cotangent = tf.tensor(c.cotangent);
  const f = (X: tf.Tensor, A_mean: tf.Tensor, A_scale: tf.Tensor): tf.Tensor =>
    distributionOf(c, { X, A_mean, A_scale }).rsample(c.sample_shape, { noise }).mul(cotangent).sum();
  const inputs = [tf.tensor(c.X), tf.tensor(c.A_mean), tf.tensor(c.A_scale)];
  return tf.grads(f)(inputs) as [tf.Tensor, tf.Tensor, tf.Tensor];
}

/** Derivatives of the KL with respect to A_mean and A_scale. */
export function klGradients(c: PyroCase): [tf.Tensor, tf.Tensor] {
  const kl = (A_mean: tf.Tensor, A_scale: tf.Tensor): tf.Tensor =>
    distributionOf(c, { A_mean, A_scale }).kl();
  return tf.grads(kl)([tf.tensor(c.A_mean), tf.tensor(c.A_scale)]) as [tf.Tensor, tf.Tensor];
}

/** Pyro's numbers are rounded to float32 on the way in: a sum that cancels keeps the error of its largest term, ≈ 4. */
export const close = { rtol: 1e-5, atol: 1e-6 };
