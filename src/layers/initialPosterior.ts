/**
 * The posterior that a layer starts from, unless its user says otherwise:
 *
 *     A_mean ~ Normal(0, 1/D),   A_scale = 0.1/√D
 *
 * With variance 1/D a pre-activation starts with about the mean square of its inputs, at any width (LeCun et al. 1998,
 * "Efficient BackProp", eq. 16). Scales of a tenth of that are noise of a tenth of the signal: little enough for the
 * means to be learned while the scales find their place. From scales as wide as the prior, a net collapses to it.
 * `benchmarks/initialValues.ts` tries them: regression, iris and digits, 1 to 3 hidden layers of 10 to 400 units, Adam at
 * 1e-3 and 1e-2 all train from here.
 */
import * as tf from '@tensorflow/tfjs';
import { checkScales } from '../check';
import { foldIn, standardNormal, type Seeds } from '../noise/noise';
import type { MeanAndStddevOfWeights } from './gaussianTensor';
import type { HiddenLayerSettings } from './hiddenOptions';
import { initialValues } from './initializer';

type Options = Pick<HiddenLayerSettings, 'A_mean_initializer' | 'A_scale_initializer' | 'seed'>;

/** Means and stddevs [D, H], fresh; D counts the column of ones at the input. @throws if a scale is not above 0. */
export function initialPosterior(
  who: string,
  { A_mean_initializer, A_scale_initializer, seed }: Options,
  D: number,
  H: number,
  seeds: Seeds,
): MeanAndStddevOfWeights {
  const mean =
    A_mean_initializer === undefined
      ? // −1 is no number that the sequence of draws reaches.
        tf.div(standardNormal([D, H], seed === undefined ? seeds() : foldIn(seed, -1)), Math.sqrt(D))
      : initialValues(who, 'A_mean_initializer', A_mean_initializer, [D, H]);
  const scale =
    A_scale_initializer === undefined || typeof A_scale_initializer === 'number'
      ? tf.fill([D, H], A_scale_initializer ?? 0.1 / Math.sqrt(D))
      : initialValues(who, 'A_scale_initializer', A_scale_initializer, [D, H]);
  checkScales(who, 'the A_scale that A_scale_initializer makes', scale);
  return { mean, stddev: scale };
}
