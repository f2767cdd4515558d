/**
 * Do the probabilities hold what they promise? Of the predictions made with 80 %, 80 % should be right.
 *
 * Each example is put into one of M bins by the probability of its most probable class, its confidence:
 *
 *     ECE  =  Σ_bins  n_bin / N · | accuracy_bin − confidence_bin |
 *          =  1/N  Σ_bins  | Σ_{i in bin} ( 1{prediction_i = y_i} − confidence_i ) |
 *
 * (Guo et al. 2017, arXiv:1706.04599, eq. 3.) Bin m = 0 … M − 1 is [m/M, (m+1)/M), the last one with its end, as in
 * TensorFlow Probability's `expected_calibration_error`; Guo et al. close the other end.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger } from './check';
import { checkProbabilities, classIndices, type NumberPerExample } from './probabilities';

export interface CalibrationErrorOptions {
  /** Number M of bins of equal width between 0 and 1. @defaultValue 10 */
  bins?: number;
}

/**
 * Expected calibration error of the most probable class, a scalar from 0 to 1; of several, the first counts.
 *
 * It is an estimate that chance pushes up: a perfectly calibrated classifier has an ECE of up to ½ √(bins / N) on
 * average. Compare only what has the same N and bins.
 *
 * Reads three numbers an example synchronously.
 *
 * @param probabilities float32 [N, C], each row with the sum 1.
 * @param labels class indices [N], a tensor or an array.
 * @throws if the probabilities or labels are not such, as for `nll`, or bins is not a whole number of at least 1.
 */
export function expectedCalibrationError(
  probabilities: tf.Tensor,
  labels: NumberPerExample,
  options: CalibrationErrorOptions = {},
): tf.Scalar {
  const who = 'expectedCalibrationError';
  checkKeys(who, options, ['bins']);
  const { bins = 10 } = options;
  checkPositiveInteger(who, 'bins', bins);
  checkProbabilities(who, 'probabilities', probabilities, ['N', 'C']);

  return tf.tidy(() => {
    const y = classIndices(who, labels, probabilities).dataSync();
    const prediction = tf.argMax(probabilities, -1).dataSync();
    const confidence = tf.max(probabilities, -1).dataSync();

    // In double precision, since the terms of a bin cancel.
    const sums = new Float64Array(bins);
    for (let i = 0; i < y.length; i++)
      sums[binOf(confidence[i]!, bins)]! += (prediction[i] === y[i] ? 1 : 0) - confidence[i]!;
    return tf.scalar(sums.reduce((total, sum) => total + Math.abs(sum), 0) / y.length);
  });
}

/** Rounded to float32 like TensorFlow Probability's: 0.7 in float32 is below 7/10, its tenfold is 7. */
function binOf(confidence: number, bins: number): number {
  return Math.min(Math.floor(Math.fround(confidence * bins)), bins - 1);
}
