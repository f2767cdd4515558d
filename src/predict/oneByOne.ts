/** How a Bayesian layer that cannot fold, or sits in a layer that only knows how to call it, takes part all the same. */
import * as tf from '@tensorflow/tfjs';
import type { Block, FoldedNoise } from '../noise/foldedNoise';
import { bayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { foldIn, type Seeds } from '../noise/noise';
import { applied, type Value } from './foldedValue';

/** Calls the layer once for each draw, with the rows of that draw, and puts the outputs side by side. */
export function oneByOne(
  layer: tf.layers.Layer,
  into: Value[],
  { rows, draws }: Block,
  noiseOf: (layer: BayesianLayer) => FoldedNoise,
): Value[] {
  const inside = bayesianLayers(layer);
  const everyDraw = Array.from({ length: draws }, (_, s) => {
    const ofDraw = (t: tf.Tensor): tf.Tensor =>
      tf.reshape(tf.slice(tf.reshape(t, [rows, draws, -1]), [0, s], [-1, 1]), [rows, ...t.shape.slice(1)]);
    const own = into.map(({ tensor, mask }) => ({
      tensor: ofDraw(tensor),
      mask: mask && tf.cast(ofDraw(tf.cast(mask, 'int32')), 'bool'),
      folded: true,
    }));
    return inside.reduce(
      (run, part) => () => part.withSeeds(startingWith(noiseOf(part).seedOf(s, part.drawsWeights)), run),
      () => applied(layer, own),
    )();
  });
  const folded = (ts: tf.Tensor[]): tf.Tensor =>
    tf.reshape(tf.stack(ts, 1), [rows * draws, ...ts[0]!.shape.slice(1)]);
  return everyDraw[0]!.map(({ mask }, i) => ({
    tensor: folded(everyDraw.map((values) => values[i]!.tensor)),
    mask: mask && tf.cast(folded(everyDraw.map((values) => tf.cast(values[i]!.mask!, 'int32'))), 'bool'),
    folded: true,
  }));
}

/** The seed itself, so that a layer draws the weights that it would draw folded; then others. */
function startingWith(seed: number): Seeds {
  let count = 0;
  return () => (count++ === 0 ? seed : foldIn(seed, count));
}
