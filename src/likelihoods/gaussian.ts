/** Targets with Gaussian noise, of a stddev that is known or a part of the model's output. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../check';
import { checkOptions, sumPerExample, lossOf, type NegativeLogLikelihood, type Scale } from './likelihood';
import { meansRemark } from './outputs';
import { checkScale, standardised } from './scale';

export interface GaussianNLLOptions {
  /**
   * Stddev σ (not variance) of the noise, in the unit of the targets: a number above 0, the same for every output; or
   * `'output'`, σ = 1e-6 + softplus(raw) from the raw scales in the second half of the last axis of the output. They
   * come from the net (heteroscedastic noise) or from `learnedNoise()` (one number that is trained).
   */
  stddev: Scale;
}

const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Targets with Gaussian noise: y ~ Normal(μ, σ²), μ the output of the model, independent outputs.
 *
 *     NLL = Σ_outputs  ½ ((y − μ)/σ)² + ln σ + ½ ln 2π                                 nats
 *
 * (With σ from the net: Nix & Weigend 1994, "Estimating the mean and variance of the target probability distribution".)
 *
 * The loss takes yTrue and yPred of one shape [B, ...outputs] and returns [B], differentiable in yPred. With
 * `stddev: 'output'` it takes yPred [B, ..., 2K] and yTrue [B, ..., K], for `fit` of a net that ends in `predictedNoise()`
 * or `learnedNoise()`. It is negative where the density is above 1, as it is for a small σ.
 *
 * @throws if stddev is neither a finite number above 0 nor 'output'; the loss, if the shapes do not fit or a target is NaN
 * or infinite (values are not read on a GPU). (`fit` and `evaluate` refuse targets of another shape than the output's by
 * themselves, `fitDataset` does not.)
 *
 * @example
 * model.compile({ optimizer: adam(), loss: gaussianNLL({ stddev: 0.1 }) });
 * gaussianNLL({ stddev: 1 })(tf.tensor2d([[0]]), tf.tensor2d([[0]])).print(); // [0.919]
 */
export function gaussianNLL(options: GaussianNLLOptions): NegativeLogLikelihood {
  const who = 'gaussianNLL';
  checkOptions(who, options, '{stddev: …}');
  checkKeys(who, options, ['stddev']);
  const { stddev } = options;
  checkScale(who, 'stddev', stddev);

  const remark = meansRemark(who);
  return lossOf(who, { family: 'gaussian', stddev }, (y, output) => {
    return tf.tidy(() => {
      const { z, lnScale } = standardised(who, y, output, stddev, remark);
      return sumPerExample(tf.add(tf.mul(0.5, tf.square(z)), tf.add(lnScale, HALF_LN_2PI)));
    });
  });
}
