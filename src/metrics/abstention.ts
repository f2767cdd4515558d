/**
 * When should a model say nothing? Thresholds of an uncertainty, from examples that it was not trained on, with what they
 * promise for new ones that are exchangeable with these. For inputs of another kind nothing is promised.
 */
import { checkKeys, refuse, shown } from '../check';
import { binomialCdf } from '../numerics/binomial';
import { byUncertainty } from './byUncertainty';
import { conformalRank } from './conformalRank';
import { numbersOf, type ClassLabels, type NumberPerExample } from './probabilities';

export interface AbstentionOptions {
  /** Greatest share of errors among the answers, above 0 and below 1. */
  errorRate: number;
  /** Probability, over held-out sets, that the error rate of new examples is kept. @defaultValue 0.9 */
  confidence?: number;
}

export interface Abstention {
  /** Answer where the uncertainty is below it; Infinity where all may be answered. */
  threshold: number;
  /** Share of the held-out examples that are answered, and of errors among these answers. */
  answered: number;
  errorRate: number;
}

/** So many thresholds are tried: those that leave 1/20, 2/20 … of the held-out examples, and all. */
const TRIED = 20;

/**
 * The greatest threshold below which at most `errorRate` of the answers are wrong, with probability `confidence` (not only
 * on these examples: they might have been lucky ones). For k errors among n answers below a threshold,
 *
 *     P( Binomial(n, errorRate) ≤ k )  ≤  (1 − confidence) / 20
 *
 * refutes that its error rate is above (Clopper & Pearson 1934); of 20 thresholds, whose ranks are fixed before, the most
 * generous that passes is taken, and Bonferroni's 20 pays for the choice (Angelopoulos et al. 2021, arXiv:2110.01052,
 * "learn then test"; the idea for classifiers: Geifman & El-Yaniv 2017, arXiv:1705.08500). `accuracyRejectionCurve` shows
 * the trade without the promise.
 *
 * In regression an error is a prediction that is off by more than can be borne: correct = |y − mean| ≤ 0.5, with `stddev()`
 * or the width of `interval` for the uncertainty.
 *
 * Reads all values synchronously.
 *
 * @param uncertainty of held-out examples, [N], a tensor or an array: an entropy, a stddev, 1 − confidence.
 * @param correct 1 where the prediction is right and 0 where it is wrong, [N] or [N, 1], or one-hot rows (wrong, right).
 * @throws if no threshold passes, saying how many answers it would take without an error; if an argument is not such.
 *
 * @example
 * const correct = tf.equal(probabilities.argMax(-1), labels);
 * const { threshold } = abstentionThreshold(entropy(probabilities), correct, { errorRate: 0.02 });
 */
export function abstentionThreshold(
  uncertainty: NumberPerExample,
  correct: ClassLabels,
  options: AbstentionOptions,
): Abstention {
  const who = 'abstentionThreshold';
  const { u, right, order } = byUncertainty(who, uncertainty, correct);
  checkKeys(who, options, ['errorRate', 'confidence']);
  const { errorRate, confidence = 0.9 } = options;
  checkShare(who, 'errorRate', errorRate);
  checkShare(who, 'confidence', confidence);

  const N = u.length;
  const level = (1 - confidence) / TRIED;
  for (let j = TRIED; j > 0; j--) {
    const threshold = j === TRIED ? Infinity : u[order[Math.floor((N * j) / TRIED)]!]!;
    // Strictly below: given the threshold, these are as new examples below it are, wherever there are ties.
    const answers = j === TRIED ? order : order.filter((i) => u[i]! < threshold);
    const errors = answers.filter((i) => right[i] === 0).length;
    if (answers.length > 0 && binomialCdf(errors, answers.length, errorRate) <= level)
      return { threshold, answered: answers.length / N, errorRate: errors / answers.length };
  }
  const needed = Math.ceil(Math.log(level) / Math.log1p(-errorRate));
  return refuse(
    who,
    `an error rate of ${errorRate} with confidence ${confidence} takes ${needed} answers without an error, or more with some`,
    `${N} examples, ${right.filter((v) => v === 0).length} of them wrong, and no part of them passes`,
    'hold out more examples, or allow a higher error rate',
  );
}

export interface OutOfDistributionOptions {
  /** Share of inputs like those of the training that may raise an alarm, above 0 and below 1. */
  falseAlarmRate: number;
}

/**
 * The uncertainty above which an input is to be called unknown: an alarm at `uncertainty > threshold` is false for at most
 * `falseAlarmRate` of inputs like these, on average over held-out sets (by the ranks of split conformal prediction:
 * Angelopoulos & Bates 2021, arXiv:2107.07511, section 4.4; Bates et al. 2023, arXiv:2104.08279). How many unknown inputs it
 * finds, `outOfDistributionAUROC` tells.
 *
 * Reads all values synchronously.
 *
 * @param known the uncertainty of held-out inputs like those of the training, [N], a tensor or an array.
 * @throws if there are too few for the rate, ⌈(1 − rate)/rate⌉ are needed, 19 for 0.05; if an argument is not such.
 *
 * @example
 * const known = (await predictive(classifier, heldOut.x)).entropy().epistemic;
 * const threshold = outOfDistributionThreshold(known, { falseAlarmRate: 0.05 });
 * const alarms = (await predictive(classifier, xNew)).entropy().epistemic.greater(threshold);
 */
export function outOfDistributionThreshold(
  known: NumberPerExample,
  options: OutOfDistributionOptions,
): number {
  const who = 'outOfDistributionThreshold';
  const scores = numbersOf(who, 'known', known, 'take one uncertainty for each example').sort();
  checkKeys(who, options, ['falseAlarmRate']);
  const { falseAlarmRate } = options;
  checkShare(who, 'falseAlarmRate', falseAlarmRate);
  const name = `a false-alarm rate of ${falseAlarmRate}`;
  return scores[conformalRank(who, 1 - falseAlarmRate, scores.length, 'held-out examples', name) - 1]!;
}

function checkShare(who: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value > 0 && value < 1))
    refuse(who, `${name} must be above 0 and below 1`, shown(value));
}
