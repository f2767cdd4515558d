/** The local reparameterization over the dense map with one matrix of weights, with its arguments in a row. */
import * as tf from '@tensorflow/tfjs';
import type { OutputFunction } from '../../src/estimators/estimator';
import { localDraw as draw, localOutput } from '../../src/estimators/localDraw';
import { localPass as pass, type OutputAndScaledKL } from '../../src/estimators/localPass';
import type { Moments } from '../../src/gaussian/moments';
import { dense } from '../../src/maps/dense';
import { linear } from '../../src/maps/linear';
import { momentsOf } from '../../src/maps/moments';
import { reluWithOnes } from '../../src/numerics/relu';

type T = tf.Tensor;

export const product = (X: T, A: T): T => linear(dense, X, [A]);

/** S are stddevs. */
export const moments = (X: T, M: T, S: T): Moments => momentsOf(dense, X, [M], [tf.square(S)]);

export const localDraw = (X: T, M: T, V: T, ε: T): T => draw(dense, X, [M], [V], ε);

export const localReluDraw = (X: T, M: T, V: T, ε: T): T => localOutput(dense, X, [M], [V], ε, reluWithOnes);

export const localPass = passTo((z) => z);

export const localReluPass = passTo(reluWithOnes);

function passTo(
  outputOf: OutputFunction,
): (X: T, M: T, R: T, ε: T, prior: { p: number; c: number }) => OutputAndScaledKL {
  return (X, M, R, ε, { p, c }) =>
    pass(dense, X, { mean: [M], lnStddev: [R] }, ε, { priors: [{ mean: 0, stddev: p }], c }, outputOf);
}
