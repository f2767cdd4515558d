/**
 * Is the model right where it is sure? A model that may hand its least certain examples to somebody else should be more
 * accurate on what it keeps.
 *
 * (Nadeem, Zucker & Hanczar 2009, "Accuracy-rejection curves for comparing classification methods with a reject option",
 * PMLR 8, pp. 65–81.)
 */
import * as tf from '@tensorflow/tfjs';
import { byUncertainty } from './byUncertainty';
import type { ClassLabels, NumberPerExample } from './probabilities';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type AccuracyRejectionCurve = {
  /** Share of the examples that are rejected, 0/N … (N − 1)/N, [N]. */
  rejected: tf.Tensor1D;
  /** Accuracy on the rest, [N]. */
  accuracy: tf.Tensor1D;
};

/**
 * The accuracy on what is kept when the k most uncertain of N examples are rejected, for k = 0 … N − 1.
 *
 * Of equally uncertain examples that are rejected in part, the accuracy is the expected one if chance chooses: the curve
 * does not depend on the order of the examples. Its left end is the accuracy on all.
 *
 * Reads all values synchronously. The two tensors are the caller's.
 *
 * @param uncertainty [N], finite or infinite, a tensor or an array; the higher, the sooner rejected: an entropy, a
 * variance, or 1 − confidence.
 * @param correct 1 where the prediction is right and 0 where it is wrong, [N] or [N, 1], or one-hot rows (wrong, right).
 * @throws if one of them is not [N] or holds a NaN, if they differ in length, or correct holds another number.
 *
 * @example
 * const correct = tf.equal(probabilities.argMax(-1), labels);
 * const { rejected, accuracy } = accuracyRejectionCurve(entropy(probabilities), correct);
 */
export function accuracyRejectionCurve(
  uncertainty: NumberPerExample,
  correct: ClassLabels,
): AccuracyRejectionCurve {
  const who = 'accuracyRejectionCurve';
  const { u, right, order } = byUncertainty(who, uncertainty, correct);

  const N = u.length;
  const accuracy = new Float32Array(N);
  let rightBefore = 0;
  for (let start = 0; start < N;) {
    let end = start;
    let rightInGroup = 0;
    for (; end < N && u[order[end]!] === u[order[start]!]; end++) rightInGroup += right[order[end]!]!;
    for (let kept = start + 1; kept <= end; kept++)
      accuracy[N - kept] = (rightBefore + (rightInGroup * (kept - start)) / (end - start)) / kept;
    rightBefore += rightInGroup;
    start = end;
  }
  return {
    rejected: tf.tensor1d(Float32Array.from(accuracy, (_, k) => k / N)),
    accuracy: tf.tensor1d(accuracy),
  };
}
