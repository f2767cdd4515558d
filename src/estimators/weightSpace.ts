/**
 * One draw of the weights for the whole pass: A = M + S ⊙ ε, z = L(X, A), with one ε for each weight (Blundell et al. 2015,
 * arXiv:1505.05424, with one A for all rows). All z of a pass depend on each other as they should: rows, positions and
 * calls. The price is a gradient whose variance does not fall with the batch.
 */
import * as tf from '@tensorflow/tfjs';
import { linear } from '../maps/linear';
import { linearOfEach, linearOfOne } from '../maps/manyDraws';
import { ownWeights, type Estimator, type Weights } from './estimator';
import { behindTheirRows, toTheFront } from './foldedRows';

export const weightSpace: Estimator = {
  name: 'weightSpace',
  power: 1,
  oneNoisePerPass: true,
  noise: (_, __, aShapes) => aShapes.map((shape) => [...shape]),
  draw(map, X, weights, noise, outputOf = (z) => z) {
    return outputOf(linear(map, X, drawn(weights, noise)));
  },
  draws: (map, X, weights, noise) => linearOfOne(map, X, drawn(weights, noise)),
  fold(map, X, weights, shared, outputOf) {
    const own = shared ? ownWeights(weights) : weights;
    return {
      kept: shared ? [X, ...own.mean, ...own.spread] : [X],
      draw({ block, perDraw }) {
        const A = drawn(
          own,
          own.mean.map(({ shape }, i) => perDraw(shape, i)),
        );
        const z = shared ? linearOfOne(map, X, A) : linearOfEach(map, toTheFront(X, block), A);
        return outputOf(behindTheirRows(z, block));
      },
    };
  },
};

/** M + S ⊙ ε; ε may have an axis of draws in front. */
const drawn = ({ mean, spread }: Weights, noise: readonly tf.Tensor[]): tf.Tensor[] =>
  mean.map((m, i) => tf.add(m, tf.mul(spread[i]!, noise[i]!)));
