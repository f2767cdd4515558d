/**
 * Do the probabilities hold what they promise? Of the predictions made with 80 %, 80 % should be right.
 *
 * Each example is put into one of M bins by the probability of its most probable class, its confidence:
 *
 *     ECE  =  Σ_bins  n_bin / N · | accuracy_bin − confidence_bin |
 *          =  1/N  Σ_bins  | Σ_{i in bin} ( 1{prediction_i = y_i} − confidence_i ) |
 *
 * (Guo et al. 2017, arXiv:1706.04599, eq. 3.) The bins are of one of two kinds, named as in scikit-learn's
 * `calibration_curve`:
 *
 * - `uniform`, equal widths: bin m = 0 … M − 1 is [m/M, (m+1)/M), the last one with its end, as in TensorFlow
 *   Probability's `expected_calibration_error`. Guo et al. and scikit-learn close the other end.
 * - `quantile`, equal masses: the edges are the quantiles m/M of the confidences (with linear interpolation), a bin holds
 *   its upper edge, as in scikit-learn. Equal confidences stay together, so that masses are then only nearly equal.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, refuse, shown } from '../check';
import { checkBins } from '../numerics/bins';
import { checkProbabilities, classIndices, type ClassLabels } from './probabilities';

export interface CalibrationOptions {
  /** Number M of bins, at most 10,000. @defaultValue 10 */
  bins?: number;
  /** Bins of equal width between 0 and 1, or of equal mass. @defaultValue 'uniform' */
  strategy?: 'uniform' | 'quantile';
}

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type ReliabilityTable = {
  /** Edges of the bins, [M]. */
  lower: tf.Tensor1D;
  upper: tf.Tensor1D;
  /** Number of examples in each bin, [M]. */
  count: tf.Tensor1D;
  /** Mean probability of the predicted class in each bin, [M]; NaN where there are no examples. */
  confidence: tf.Tensor1D;
  /** Share of right predictions in each bin, [M]; NaN where there are no examples. */
  accuracy: tf.Tensor1D;
};

/**
 * Confidence and accuracy of each bin: what a reliability diagram shows. Of several most probable classes the first
 * counts.
 *
 * Reads three numbers per example synchronously. The five tensors are the caller's.
 *
 * @param probabilities float32 [N, C], each row with the sum 1.
 * @param labels class indices [N] or [N, 1], or one-hot rows [N, C], a tensor or an array.
 * @throws if the probabilities or labels are not such, as for `nll`, bins is not a whole number from 1 to 10,000, or the
 * strategy is another word.
 *
 * @example
 * const probabilities = tf.tensor2d([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]]);
 * const { count, accuracy } = reliabilityTable(probabilities, [0, 1, 1, 1], { bins: 2 });
 * count.print(); // [0, 4]
 * accuracy.slice(1).print(); // [0.75]
 */
export function reliabilityTable(
  probabilities: tf.Tensor,
  labels: ClassLabels,
  options: CalibrationOptions = {},
): ReliabilityTable {
  const { edges, bins } = binned('reliabilityTable', probabilities, labels, options);
  const column = (f: (bin: Bin) => number): tf.Tensor1D => tf.tensor1d(bins.map(f), 'float32');
  return {
    lower: tf.tensor1d(edges.slice(0, -1)),
    upper: tf.tensor1d(edges.slice(1)),
    count: column((bin) => bin.count),
    confidence: column((bin) => bin.confidence / bin.count),
    accuracy: column((bin) => bin.right / bin.count),
  };
}

/**
 * Expected calibration error of the most probable class, a scalar from 0 to 1; of several, the first counts.
 *
 * It is an estimate that chance pushes up: a perfectly calibrated classifier has an ECE of up to ½ √(bins / N) on
 * average. Compare only what has the same N and bins. It is no mean over examples: that of a batch says little, and it
 * is no metric for `compile`.
 *
 * Reads three numbers per example synchronously.
 *
 * @param probabilities float32 [N, C], each row with the sum 1.
 * @param labels class indices [N] or [N, 1], or one-hot rows [N, C], a tensor or an array.
 * @throws as `reliabilityTable` does.
 *
 * @example
 * expectedCalibrationError(tf.tensor2d([[0.9, 0.1], [0.2, 0.8]]), [0, 1]).print(); // 0.15
 */
export function expectedCalibrationError(
  probabilities: tf.Tensor,
  labels: ClassLabels,
  options: CalibrationOptions = {},
): tf.Scalar {
  const { bins, N } = binned('expectedCalibrationError', probabilities, labels, options);
  return tf.scalar(bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0) / N);
}

/** Sums over the examples of a bin, in double precision, since right − confidence cancels. */
interface Bin {
  count: number;
  right: number;
  confidence: number;
}

function binned(
  who: string,
  probabilities: tf.Tensor,
  labels: ClassLabels,
  options: CalibrationOptions,
): { edges: number[]; bins: Bin[]; N: number } {
  checkKeys(who, options, ['bins', 'strategy']);
  const { bins: M = 10, strategy = 'uniform' } = options;
  checkBins(who, M);
  if (strategy !== 'uniform' && strategy !== 'quantile')
    refuse(who, "strategy must be 'uniform' (equal widths) or 'quantile' (equal masses)", shown(strategy));
  checkProbabilities(who, 'probabilities', probabilities, ['N', 'C']);

  const bins = Array.from({ length: M }, (): Bin => ({ count: 0, right: 0, confidence: 0 }));
  let edges: number[] = [];
  tf.tidy(() => {
    const y = classIndices(who, labels, probabilities).dataSync();
    const prediction = tf.argMax(probabilities, -1).dataSync();
    const confidence = tf.max(probabilities, -1).dataSync() as Float32Array;
    const binning = BINNING[strategy](confidence, M);
    edges = binning.edges;
    confidence.forEach((c, i) => {
      const bin = bins[binning.binOf(c)]!;
      bin.count += 1;
      bin.right += prediction[i] === y[i] ? 1 : 0;
      bin.confidence += c;
    });
  });
  return { edges, bins, N: probabilities.shape[0] };
}

type Binning = (confidence: Float32Array, M: number) => { edges: number[]; binOf: (c: number) => number };

const BINNING: Record<NonNullable<CalibrationOptions['strategy']>, Binning> = {
  uniform: (_, M) => ({
    edges: Array.from({ length: M + 1 }, (__, m) => m / M),
    // Rounded to float32 like TensorFlow Probability's: 0.7 in float32 is below 7/10, its tenfold is 7.
    binOf: (c) => Math.min(Math.floor(Math.fround(c * M)), M - 1),
  }),
  quantile(confidence, M) {
    const sorted = confidence.slice().sort();
    const edges = Array.from({ length: M + 1 }, (_, m) => quantileOf(sorted, m / M));
    // The first bin whose upper edge is not below c.
    return { edges, binOf: (c) => edges.slice(1, -1).filter((edge) => edge < c).length };
  },
};

/** Hyndman & Fan 1996, definition 7: the default of numpy and R. */
function quantileOf(sorted: Float32Array, level: number): number {
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return a + (b - a) * (place - below);
}
