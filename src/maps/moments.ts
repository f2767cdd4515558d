/** Mean and variance of z = L(X, A) for independent weights: the formulas of `map.ts`. */
import * as tf from '@tensorflow/tfjs';
import type { Moments } from '../gaussian/moments';
import { linear, squared } from './linear';
import type { LinearMap } from './map';

/** E[z] = L(X, M) and Var[z] = L(X², V): X known, V variances (not stddevs); differentiable. */
export const momentsOf = (
  map: LinearMap,
  X: tf.Tensor,
  M: readonly tf.Tensor[],
  V: readonly tf.Tensor[],
): Moments => ({
  mean: linear(map, X, M),
  variance: linear(map, squared(map, X), V),
});

/** E[z] = L(E[x], M) and Var[z] = L(Var[x], M²) + L(Var[x] + E[x]², V), X and its parts independent. */
export function momentsThrough(
  map: LinearMap,
  x: Moments,
  M: readonly tf.Tensor[],
  V: readonly tf.Tensor[],
): Moments {
  const inputs = map.product(
    x.variance,
    M.map((m, i) => (i === 0 ? tf.square(m) : tf.zerosLike(m))),
  );
  const weights = map.product(tf.add(x.variance, map.squared(x.mean)), V);
  return { mean: map.product(x.mean, M), variance: tf.add(inputs, weights) };
}
