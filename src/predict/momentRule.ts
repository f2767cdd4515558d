/** What a rule is that takes mean and variance through a layer of TensorFlow.js. */
import type * as tf from '@tensorflow/tfjs';
import type { Moments } from '../gaussian/moments';

type Layer = tf.layers.Layer;

/** Its inputs count as independent, element by element. */
export type Rule = (layer: Layer, into: Moments[]) => Moments;

/** By the name of the layer's class. */
export type Rules = Readonly<Record<string, Rule>>;

export const WHO = 'predictiveMoments';

/** What the layer makes of the means, and of the variances. */
export const appliedToBoth: Rule = (layer, into) => ({
  mean: applied(layer, ...into.map(({ mean }) => mean)),
  variance: applied(layer, ...into.map(({ variance }) => variance)),
});

/** What the layer makes of tensors when it predicts. */
export function applied(layer: Layer, ...xs: tf.Tensor[]): tf.Tensor {
  const output = layer.apply(xs.length === 1 ? xs[0]! : xs, { training: false }) as tf.Tensor | tf.Tensor[];
  return Array.isArray(output) ? output[0]! : output;
}
