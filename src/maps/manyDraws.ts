/** The products of one map with many draws of its weights, each [S, ...]. */
import * as tf from '@tensorflow/tfjs';
import { linear } from './linear';
import type { LinearMap } from './map';

/** L(X, A_s) for one X: the draws side by side where the map allows it. @returns [S, ...z] */
export function linearOfOne(map: LinearMap, X: tf.Tensor, A: readonly tf.Tensor[]): tf.Tensor {
  const { outputAxes } = map;
  if (outputAxes === undefined)
    return tf.stack(numbers(A).map((s) => linear(map, X, A.map((a) => drawOf(a, s))))); // prettier-ignore
  const S = A[0]!.shape[0];
  const z = linear(map, X, A.map((a, i) => joined(a, outputAxes[i]!))); // prettier-ignore
  const channels = z.shape.at(-1)! / S;
  return tf.reshape(tf.transpose(tf.reshape(z, [z.size / (S * channels), S, channels]), [1, 0, 2]), [
    S,
    ...z.shape.slice(0, -1),
    channels,
  ]);
}

/** L(X_s, A_s), X [S, ...] too. @returns [S, ...z] */
export function linearOfEach(map: LinearMap, X: tf.Tensor, A: readonly tf.Tensor[]): tf.Tensor {
  if (map.productsOfEach !== undefined) return map.productsOfEach(X, A);
  return tf.stack(numbers(A).map((s) => linear(map, drawOf(X, s), A.map((a) => drawOf(a, s))))); // prettier-ignore
}

const numbers = ([a]: readonly tf.Tensor[]): number[] => Array.from({ length: a!.shape[0] }, (_, s) => s);

const drawOf = (a: tf.Tensor, s: number): tf.Tensor => tf.reshape(tf.slice(a, [s], [1]), a.shape.slice(1));

/** [S, ..., n, ...] → [..., S·n, ...] with n at `axis` of a single draw. */
function joined(a: tf.Tensor, axis: number): tf.Tensor {
  const [S, ...shape] = a.shape as [number, ...number[]];
  const before = tf.util.sizeFromShape(shape.slice(0, axis));
  return tf.reshape(
    tf.transpose(tf.reshape(a, [S, before, a.size / (S * before)]), [1, 0, 2]),
    shape.map((n, i) => (i === axis ? S * n : n)),
  );
}
