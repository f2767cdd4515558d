/**
 * The predictive distribution of a model with Bayesian layers: what it expects, and how unsure it is of that.
 *
 *     p(y | x) = E_A[ p(y | x, A) ]  ≈  1/S Σ_s p(y | x, A_s)
 */
import type * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, refuse, shown } from '../check';
import type { Inputs } from './inputs';
import { Predictive } from './result';
import { ownCopy, Sampling, SAMPLING_OPTIONS, type SamplingOptions } from './sampling';

export interface PredictiveOptions extends SamplingOptions {
  /** Number of draws S. @defaultValue 20 */
  samples?: number;
  /** Is told now and then which part of the work is done: a number above 0, at last 1. */
  onProgress?: (fraction: number) => void;
}

const WHO = 'predictive';

/**
 * Averages draws of a model's outputs, each with its own draw of every Bayesian layer.
 *
 * Many draws go through the model at once, folded into the rows of a batch; what lies before the first Bayesian layer
 * and the moments of that layer are computed once. A layer with `weight_space_sampling` draws one set of weights for
 * each draw, the same for all rows.
 *
 * Others may run in between, and change the model: each block of draws, of `batchSize` rows and 32 draws or more, is of the
 * weights as they are at its moment. Nothing of it reaches a training that goes on meanwhile. Where the backend changes,
 * the draws go on there.
 *
 * @param model any `tf.LayersModel` that holds Bayesian layers anywhere: sequential or functional, nested, with several
 * inputs and outputs. Its layers are called as in `predict`: dropout does nothing.
 * @param x what the model takes: a tensor, or an array of them for several inputs; rows first. Whole numbers and truth
 * values are cast as `predict` does it. It stays the caller's.
 * @returns a `Predictive`, to be disposed of.
 * @throws if an option is out of range, the model holds no Bayesian layer (use `model.predict`: its answer is certain),
 * x does not fit the model, has no rows or holds a NaN or a number whose square float32 does not hold, the outputs are not
 * finite (naming the layer that first makes such numbers), the model is disposed of before the end, or the outputs are not
 * what `likelihood` says; with the signal's reason when it is aborted. Nothing is left behind then.
 *
 * @example
 * const p = await predictive(model, xNew, { samples: 100, seed: 1 });
 * const { lower, upper } = p.interval(0.9); // of a target, noise included
 * console.log(lower.shape); // [5, 1]
 * p.dispose();
 */
export async function predictive(
  model: tf.LayersModel,
  x: Inputs,
  options: PredictiveOptions = {},
): Promise<Predictive> {
  checkKeys(WHO, options, [...SAMPLING_OPTIONS, 'samples', 'onProgress']);
  const { samples = 20, onProgress } = options;
  checkPositiveInteger(WHO, 'samples', samples);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    refuse(WHO, 'onProgress must be a function', shown(onProgress));

  const sampling = await Sampling.of(WHO, model, x, ownCopy(options));
  const { batches, drawsAtOnce } = sampling;
  let done = false;
  try {
    for (let batch = 0; batch < batches; batch++) {
      for (let first = 0; first < samples; first += drawsAtOnce) {
        const draws = Math.min(drawsAtOnce, samples - first);
        await sampling.draw(batch, first, draws);
        onProgress?.((batch + (first + draws) / samples) / batches);
      }
      await sampling.checkFinite(batch);
      sampling.close(batch);
    }
    done = true;
  } finally {
    sampling.dispose({ outputs: !done });
  }
  return new Predictive(sampling.outputs);
}
