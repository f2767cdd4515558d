/** A trained Bayesian net as a plain one with weights drawn from the posterior. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkSeed } from '../check';
import { foldedNoise } from '../noise/foldedNoise';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { foldIn, seedSequence } from '../noise/noise';
import { plainModel } from './plainModel';

export interface PosteriorSampleOptions {
  /** Makes the draw reproducible; any whole number. @defaultValue a different one each time */
  seed?: number;
}

const WHO = 'posteriorSample';

/**
 * The net with one coherent draw of all weights, A = A_mean + A_scale ⊙ ε: one function from the posterior, the same for
 * every input, as Thompson sampling (Thompson 1933, Biometrika 25) and plots of functions need. In all else it is as the
 * net of `posteriorMean`.
 *
 * It is the first draw of `predictive` with this seed and `coherent: true`, as far as all layers can fold.
 *
 * @throws as `posteriorMean` does, or if the seed is no whole number.
 *
 * @example
 * const f = posteriorSample(model, { seed: 1 }); // one function
 * const curve = f.predict(xNew);
 * f.dispose();
 */
export function posteriorSample(model: tf.LayersModel, options: PosteriorSampleOptions = {}): tf.LayersModel {
  checkKeys(WHO, options, ['seed']);
  const { seed = seedSequence()() } = options;
  checkSeed(WHO, seed);
  const layers: tf.layers.Layer[] = someBayesianLayers(WHO, model);
  return plainModel(WHO, model, 'posterior_sample', (layer) =>
    tf.tidy(() => {
      const i = layers.indexOf(layer);
      const { perDraw } = foldedNoise(foldIn(seed, i), 0, { firstRow: 0, rows: 1, firstDraw: 0, draws: 1 });
      return (layer as BayesianLayer).gaussians().map((tensor, part) => {
        const { mean, stddev } = tensor.posterior();
        return tf.add(mean, tf.mul(stddev, tf.squeeze(perDraw(mean.shape, part), [0])));
      });
    }),
  );
}
