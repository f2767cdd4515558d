/** Gradients of the draws against central differences of the same formula in double precision. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution } from '../../src/index';
import { elementwise, matMul, momentsOf, rounded, scattered, type Matrix } from '../helpers/closedForms';
import { finiteDifferences } from '../helpers/finiteDifferences';
import { expectAllClose } from '../helpers/toBeAllClose';
import type { Check } from './check';

const [B, D, H] = [5, 4, 3];
const scalesOf = (A: Matrix): Matrix => rounded(elementwise((a) => 0.1 + Math.abs(a) / 2, A));

const inputs = {
  X: scattered(B, D, 1),
  A_mean: scattered(D, H, 2),
  A_scale: scalesOf(scattered(D, H, 3)),
};
type Name = keyof typeof inputs;
const cotangent = scattered(B, H, 4);

/** Σ cotangent · tanh z. */
const weighed = (z: Matrix): number =>
  elementwise((v, c) => Math.tanh(v) * c, z, cotangent)
    .flat()
    .reduce((sum, v) => sum + v, 0);

/** The two ways to draw z: the noise that they take, and z in double precision. */
const ways = [
  {
    name: 'local reparameterization',
    weight_space_sampling: false,
    noise: scattered(B, H, 5),
    z: ({ X, A_mean, A_scale }: Record<Name, Matrix>, noise: Matrix): Matrix => {
      const { mean, variance } = momentsOf(X, A_mean, A_scale);
      return elementwise((m, v, e) => m + Math.sqrt(v) * e, mean, variance, noise);
    },
  },
  {
    name: 'weight space',
    weight_space_sampling: true,
    noise: scattered(D, H, 6),
    z: ({ X, A_mean, A_scale }: Record<Name, Matrix>, noise: Matrix): Matrix =>
      matMul(
        X,
        elementwise((m, s, e) => m + s * e, A_mean, A_scale, noise),
      ),
  },
];

export const gradients: Check[] = ways.map(({ name, weight_space_sampling, noise, z }) => ({
  name: `Gradients of ${name}: finite differences`,
  run: async () => {
    const names = Object.keys(inputs) as Name[];
    const actual = tf.tidy(() => {
      const f = (X: tf.Tensor, A_mean: tf.Tensor, A_scale: tf.Tensor): tf.Tensor =>
        new HiddenLayerDistribution({
          ...{ X, A_mean, A_scale, weight_space_sampling },
          non_linearity: tf.tanh,
          include_hidden_bias: false,
        })
          .rsample([], { noise: tf.tensor2d(noise) })
          .mul(tf.tensor2d(cotangent))
          .sum();
      return tf.grads(f)(names.map((input) => tf.tensor2d(inputs[input])));
    });
    for (const [i, input] of names.entries()) {
      const moved = (A: Matrix): number => weighed(z({ ...inputs, [input]: A }, noise));
      const expected = finiteDifferences(moved, inputs[input]);
      expectAllClose(await actual[i]!.array(), expected, { rtol: 1e-4, atol: 1e-5 });
    }
    tf.dispose(actual);
  },
}));
