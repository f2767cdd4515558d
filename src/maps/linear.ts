/** The product of a map as a differentiable operation: z = L(X, A), the gradients in X and A those of the map. */
import type * as tf from '@tensorflow/tfjs';
import { defineFusedOp } from '../op';
import type { LinearMap } from './map';

const linearOp = defineFusedOp<{ map: LinearMap }>({
  name: 'BNNLinear',
  forward: ([X, ...A], { map }) => [map.product(X!, A)],
  gradients: ([dz], { inputs: [X, ...A] }, { map }) => [
    () => map.gradientInX(dz!, X!, A),
    ...A.map((_, i) => () => map.gradientInA(dz!, X!, A, i)),
  ],
});

/** L(X, A), differentiable in X and in each of A. */
export const linear = (map: LinearMap, X: tf.Tensor, A: readonly tf.Tensor[]): tf.Tensor =>
  linearOp([X, ...A], { map })[0]!;

/** X² (or what stands for it), differentiable. */
export const squared = (map: LinearMap, X: tf.Tensor): tf.Tensor => squaredOp([X], { map })[0]!;

const squaredOp = defineFusedOp<{ map: LinearMap }>({
  name: 'BNNSquaredInput',
  forward: ([X], { map }) => [map.squared(X!).clone()],
  gradients: ([dsquared], { inputs: [X] }, { map }) => [() => map.gradientOfSquared(X!, dsquared!)],
});
