/**
 * The area under the receiver operating characteristic: how well a score tells two classes apart, by ranks alone.
 *
 *     AUROC  =  P( s⁺ > s⁻ ) + ½ P( s⁺ = s⁻ )
 *            =  1/(n⁺ n⁻)  Σ_{s⁺}  [ #{s⁻ < s⁺} + ½ #{s⁻ = s⁺} ]
 *
 * over all pairs of a positive and a negative example: the U statistic of Mann & Whitney 1947 (Ann. Math. Stat. 18),
 * divided by the number of pairs (Hanley & McNeil 1982, Radiology 143, pp. 29–36). Sorted, n examples take n log n steps.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { labelsOf, numbersOf, type ClassLabels, type NumberPerExample } from './probabilities';

/**
 * Area under the ROC curve, a scalar: 1 if every positive scores above every negative, ½ for a score that knows
 * nothing, below ½ for one that is upside down. Ties count half.
 *
 * The same as scikit-learn's `roc_auc_score(y_true, y_score)`; mind the order of the arguments. With an uncertainty as
 * the score and 1 for what the model should be unsure of, it measures the detection of unknown inputs.
 *
 * Reads all values synchronously.
 *
 * @param scores [N], finite or infinite: a tensor or an array; the higher, the more positive.
 * @param labels 1 for positive and 0 for negative, [N] or [N, 1], or one-hot rows (negative, positive): a tensor of any
 * dtype or an array.
 * @throws if one of them is not [N] or holds a NaN, if they differ in length, if a label is neither 0 nor 1, or if
 * one of the two classes is missing.
 *
 * @example
 * auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]).print(); // 0.75
 */
export function auroc(scores: NumberPerExample, labels: ClassLabels): tf.Scalar {
  const who = 'auroc';
  const s = numbersOf(who, 'scores', scores, 'take the scores of one class');
  const y = labelsOf(who, 'labels', labels, 2);
  if (s.length !== y.length)
    refuse(who, `there must be as many labels as scores, ${s.length}`, String(y.length));
  const bad = y.findIndex((v) => v !== 0 && v !== 1);
  if (bad >= 0) refuse(who, 'labels must be 0 or 1', `${y[bad]!} in row ${bad}`);
  const positives = s.filter((_, i) => y[i] === 1).sort();
  const negatives = s.filter((_, i) => y[i] === 0).sort();
  for (const [label, ofClass] of [positives, negatives].entries())
    if (ofClass.length === 0) refuse(who, 'labels must hold both classes, 0 and 1', `no ${1 - label}`);

  // #{s⁻ < s⁺} and #{s⁻ ≤ s⁺} for the positives in ascending order: both only grow.
  let below = 0;
  let notAbove = 0;
  let U = 0;
  for (const positive of positives) {
    while (below < negatives.length && negatives[below]! < positive) below++;
    while (notAbove < negatives.length && negatives[notAbove]! <= positive) notAbove++;
    U += (below + notAbove) / 2;
  }
  return tf.scalar(U / (positives.length * negatives.length));
}

/**
 * How well an uncertainty tells unknown inputs from known ones, a scalar: the AUROC with the unknown as the positive
 * class. ½ means not at all, below ½ that the model is surer of what it does not know.
 *
 * Reads all values synchronously.
 *
 * @param known the uncertainty (an entropy, a variance, 1 − confidence) of inputs like those of the training, [N].
 * @param unknown the same of other inputs, [M].
 * @throws if one of them is not such, is empty or holds a NaN.
 *
 * @example
 * outOfDistributionAUROC([0.1, 0.2, 0.3], [0.25, 0.9]).print(); // 0.833
 */
export function outOfDistributionAUROC(known: NumberPerExample, unknown: NumberPerExample): tf.Scalar {
  const who = 'outOfDistributionAUROC';
  const remedy = 'take one uncertainty for each example';
  const [of0, of1] = [numbersOf(who, 'known', known, remedy), numbersOf(who, 'unknown', unknown, remedy)];
  return auroc([...of0, ...of1], [...of0.map(() => 0), ...of1.map(() => 1)]);
}
