/**
 * Flipout: one draw of the weights' deviations for the whole pass, whose signs each example flips for itself,
 *
 *     z = L(X, M) + s ⊙ L(X ⊙ r, S ⊙ ε),   r, s ∈ {−1, 1} for each example and input or output channel
 *
 * (Wen et al. 2018, arXiv:1803.04386, eq. 4.) S ⊙ ε is symmetric, so that s rᵀ ⊙ (S ⊙ ε) is again a draw. The positions of
 * one example share it, as they should; two examples hardly depend on each other, so that the variance of the gradient
 * falls with the batch.
 *
 * The noise: ε for each weight, then standard normal numbers whose signs are s, and r where the map has such.
 */
import * as tf from '@tensorflow/tfjs';
import { linear } from '../maps/linear';
import { linearOfEach, linearOfOne } from '../maps/manyDraws';
import { ownWeights, type Estimator, type Weights } from './estimator';
import { behindTheirRows, repeated, toTheFront } from './foldedRows';

export const flipout: Estimator = {
  name: 'flipout',
  power: 1,
  oneNoisePerPass: true,
  noise(map, xShape, aShapes) {
    const { input, output } = map.channels(aShapes);
    const signs = input === undefined ? [output] : [output, input];
    return [...aShapes.map((shape) => [...shape]), ...signs.map((channels) => [xShape[0]!, channels])];
  },
  draw(map, X, weights, noise, outputOf = (z) => z) {
    const { deviations, s, r } = parts(weights, noise);
    const mean = linear(map, X, weights.mean);
    return outputOf(tf.add(mean, flipped(linear(map, flipped(X, r), deviations), s)));
  },
  draws(map, X, weights, noise) {
    const S = noise[0]!.shape[0];
    const ofDraw = (s: number): tf.Tensor[] => noise.map((t) => tf.squeeze(tf.slice(t, [s], [1]), [0]));
    return tf.stack(Array.from({ length: S }, (_, s) => flipout.draw(map, X, weights, ofDraw(s))));
  },
  fold(map, X, weights, shared, outputOf) {
    const { mean, spread } = shared ? ownWeights(weights) : weights;
    const { input, output } = map.channels(mean.map(({ shape }) => shape));
    const ofX = linear(map, X, mean);
    return {
      kept: shared ? [X, ofX, ...mean, ...spread] : [X, ofX],
      draw({ block, perDraw, perRowOfPass }) {
        const signs = (channels: number, part: number): tf.Tensor =>
          signsOf(perRowOfPass([channels], mean.length + part));
        const deviations = spread.map((S, i) => tf.mul(S, perDraw(S.shape, i)));
        const rowsOf = (t: tf.Tensor): tf.Tensor => (shared ? repeated(t, block) : t);
        const deviated =
          shared && input === undefined
            ? linearOfOne(map, X, deviations)
            : linearOfEach(
                map,
                toTheFront(flipped(rowsOf(X), input === undefined ? undefined : signs(input, 1)), block),
                deviations,
              );
        const z = tf.add(rowsOf(ofX), flipped(behindTheirRows(deviated, block), signs(output, 0)));
        return outputOf(z);
      },
    };
  },
};

function parts(
  { mean, spread }: Weights,
  noise: readonly tf.Tensor[],
): { deviations: tf.Tensor[]; s: tf.Tensor; r: tf.Tensor | undefined } {
  const [s, r] = noise.slice(mean.length).map(signsOf);
  return { deviations: spread.map((S, i) => tf.mul(S, noise[i]!)), s: s!, r };
}

/** 1 where the noise is not negative, else −1. */
const signsOf = (noise: tf.Tensor): tf.Tensor =>
  tf.sub(tf.mul(2, tf.cast(tf.greaterEqual(noise, 0), 'float32')), 1);

/** t [rows, ..., channels] times signs [rows, channels]. */
function flipped(t: tf.Tensor, signs: tf.Tensor | undefined): tf.Tensor {
  if (signs === undefined) return t;
  const [rows, channels] = signs.shape as [number, number];
  // Rank 3 whatever the rank of t: not every backend broadcasts more than four axes.
  return tf.reshape(
    tf.mul(
      tf.reshape(t, [rows, t.size / (rows * channels), channels]),
      tf.reshape(signs, [rows, 1, channels]),
    ),
    t.shape,
  );
}
