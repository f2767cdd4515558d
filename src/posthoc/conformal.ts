/**
 * Split conformal prediction: intervals and sets that hold the target with the probability asked for, whatever the data and
 * however wrong the net.
 *
 * Every held-out example gets a score, the greater the worse its target agrees with the prediction. With n of them,
 *
 *     q  =  the k-th least score,   k = ⌈(n + 1) · coverage⌉,       { y : score(x, y) ≤ q }
 *
 * holds the target of a new example with probability at least `coverage`, and, where no scores tie, below
 * coverage + 1/(n + 1) (Vovk, Gammerman & Shafer 2005; Lei et al. 2018, arXiv:1604.04173, theorem 2; Angelopoulos & Bates
 * 2021, arXiv:2107.07511, theorem 1 and appendix D). That is so if the held-out and the new examples are exchangeable: not
 * for inputs of another kind, and on average over inputs, not for each of them. Given one held-out set, the coverage of new
 * examples is distributed as Beta(k, n + 1 − k): with 100 of them and 0.9 its stddev is 0.03, with 1,000 it is 0.01.
 *
 *     'normalised'      |y − mean| / stddev                               Papadopoulos et al. 2002; Lei et al. 2018, section 5.2
 *     'quantiles'       max(lower − y, y − upper), ends of interval(coverage)      Romano, Patterson & Candès 2019, arXiv:1905.03222
 *     'leastAmbiguous'  1 − p_y                                           Sadinle, Lei & Wasserman 2019, arXiv:1609.00451
 *     'adaptive'        Σ p_c over the classes more probable than y       Romano, Sesia & Candès 2020, arXiv:2006.02544
 *
 * Romano et al. add a random part of p_y to the last. With all of it, as is often done, right and sure examples get the
 * greatest scores, and sets of accurate nets become very large; with none of it no set is empty, none depends on chance, and
 * a net that is more accurate than the coverage asked for has sets of one, and covers as much as it is accurate.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkWord, refuse, shown, shownShape } from '../check';
import { conformalRank } from '../metrics/conformalRank';
import type { ClassLabels } from '../metrics/probabilities';
import type { Interval, Predictive } from '../predict/result';
import {
  coreOf,
  probabilitiesOf,
  scoresOfClasses,
  scoresOfLabels,
  scoresOfNumbers,
  type ScoreOfClasses,
  type ScoreOfNumbers,
} from './conformalScores';

export type ConformalScore = ScoreOfNumbers | ScoreOfClasses;

export interface ConformalOptions {
  /** Probability that a new target is held, above 0 and below 1. @defaultValue 0.9 */
  coverage?: number;
  /**
   * How wrong a target is. `normalised` needs a stddev, `quantiles` the likelihood and the draws; of classes
   * `leastAmbiguous` gives the smallest sets, some of them empty, and `adaptive` larger ones that follow the difficulty of
   * an example.
   * @defaultValue 'leastAmbiguous' where the likelihood is categorical, else 'normalised'
   */
  score?: ConformalScore;
}

/** Plain data: survives JSON. */
export interface Conformal {
  score: ConformalScore;
  coverage: number;
  /** The greatest score that is held: one for each target of an example; of classes one. */
  thresholds: number[];
  /** Number of held-out examples. */
  examples: number;
}

const OF_NUMBERS: readonly ScoreOfNumbers[] = ['normalised', 'quantiles'];
const OF_CLASSES: readonly ScoreOfClasses[] = ['leastAmbiguous', 'adaptive'];

/**
 * The scores that held-out examples do not exceed, for `conformalIntervals` and `conformalSets`. Of several targets of an
 * example each has a threshold, and coverage, of its own.
 *
 * The held-out examples must be new to the model, and to what else is fitted: not those of `calibrate`. Reads values
 * synchronously.
 *
 * @param heldOut prediction of the held-out inputs; it stays the caller's.
 * @param y their targets: [N, ...outputs], or [N] for one output; of classes their indices [N] or [N, 1], or one-hot rows.
 * @throws if there are too few examples for the coverage: ⌈coverage / (1 − coverage)⌉ are needed, 9 for 0.9 and 99 for 0.99;
 * if the score is not for such outputs, or y is not such.
 *
 * @example
 * const held = await predictive(model, heldOut.x, { samples: 50 });
 * const conformal = conformalThresholds(held, heldOut.y, { coverage: 0.9 });
 * const { lower, upper } = conformalIntervals(await predictive(model, xNew, { samples: 50 }), conformal);
 */
export function conformalThresholds(
  heldOut: Predictive,
  y: tf.Tensor | ClassLabels,
  options: ConformalOptions = {},
): Conformal {
  const who = 'conformalThresholds';
  checkPredictive(who, 'heldOut', heldOut);
  checkKeys(who, options, ['coverage', 'score']);
  const isOfClasses = heldOut.likelihood?.family === 'categorical';
  const { coverage = 0.9, score = isOfClasses ? 'leastAmbiguous' : 'normalised' } = options;
  checkCoverage(who, coverage);
  checkWord(who, 'score', score, [...OF_NUMBERS, ...OF_CLASSES]);
  const { scores, examples } = scoresOf(who, heldOut, y, score, coverage);
  const rank = conformalRank(who, coverage, examples, 'held-out examples', `a coverage of ${coverage}`);
  const width = scores.length / examples;
  const thresholds = Array.from({ length: width }, (_, w) => {
    const ofTarget = scores.filter((__, i) => i % width === w).sort();
    return ofTarget[rank - 1]!;
  });
  return { score, coverage, thresholds, examples };
}

/**
 * Intervals that hold a new target with the probability that `conformalThresholds` was asked for: [N, ...outputs] each,
 * fresh tensors. Their ends are mean ± q · stddev, or those of the predictive interval moved outwards by q (inwards where q
 * is negative; where the ends would cross they meet in the middle).
 *
 * @param prediction of the same model, with as many draws; it stays the caller's.
 * @throws if conformal is not such, or is of classes.
 *
 * @example
 * const conformal = conformalThresholds(await predictive(model, heldOut.x), heldOut.y, { coverage: 0.9 });
 * const { lower, upper } = conformalIntervals(await predictive(model, xNew), conformal);
 * console.log(lower.shape); // [5, 1]
 */
export function conformalIntervals(prediction: Predictive, conformal: Conformal): Interval {
  const who = 'conformalIntervals';
  checkPredictive(who, 'prediction', prediction);
  const { score, coverage, thresholds } = checkConformal(who, conformal, OF_NUMBERS, 'conformalSets');
  return tf.tidy(() => {
    const { lower, upper, unit } = coreOf(prediction, score, coverage);
    const row = lower.shape.slice(1);
    if (tf.util.sizeFromShape(row) !== thresholds.length)
      refuse(
        who,
        `conformal must have as many thresholds as an example has targets, ${shownShape(row)}`,
        String(thresholds.length),
      );
    const q = tf.mul(unit, tf.tensor(thresholds, row));
    const middle = tf.mul(0.5, tf.add(lower, upper));
    return {
      lower: tf.minimum(tf.sub(lower, q), middle),
      upper: tf.maximum(tf.add(upper, q), middle),
    };
  });
}

/**
 * Sets of classes that hold the class of a new example with the probability that `conformalThresholds` was asked for: a
 * fresh tensor of dtype bool [N, C], true for the members. `sum(1)` of it counts them: more than one says that the net is
 * not sure; none, with `leastAmbiguous`, that no class is as probable as those held out had theirs. The adaptive sets
 * have at least the most probable class.
 *
 * @param prediction of the same model; it stays the caller's.
 * @throws if conformal is not such, or is not of classes.
 *
 * @example
 * const conformal = conformalThresholds(await predictive(classifier, heldOut.x), labels, { coverage: 0.9 });
 * const sets = conformalSets(await predictive(classifier, xNew), conformal);
 * console.log(sets.shape, sets.dtype);
 */
export function conformalSets(prediction: Predictive, conformal: Conformal): tf.Tensor2D {
  const who = 'conformalSets';
  checkPredictive(who, 'prediction', prediction);
  const { score, thresholds } = checkConformal(who, conformal, OF_CLASSES, 'conformalIntervals');
  return tf.tidy(() => {
    const probabilities = probabilitiesOf(who, prediction);
    const [N, C] = probabilities.shape as [number, number];
    const scores = scoresOfClasses(probabilities, score);
    const members = Uint8Array.from(scores, (v) => (v <= thresholds[0]! ? 1 : 0));
    return tf.tensor2d(members, [N, C], 'bool');
  });
}

function scoresOf(
  who: string,
  heldOut: Predictive,
  y: unknown,
  score: ConformalScore,
  coverage: number,
): { scores: Float64Array; examples: number } {
  let examples = 0;
  let scores: Float64Array = new Float64Array();
  tf.tidy(() => {
    if (score === 'leastAmbiguous' || score === 'adaptive') {
      const probabilities = probabilitiesOf(who, heldOut);
      examples = probabilities.shape[0]!;
      scores = scoresOfLabels(who, probabilities, score, y);
    } else {
      if (heldOut.likelihood?.family === 'categorical')
        refuse(who, `the score ${shown(score)} needs targets that are numbers`, 'a categorical likelihood');
      const core = coreOf(heldOut, score, coverage);
      examples = core.lower.shape[0]!;
      scores = scoresOfNumbers(who, core, y);
    }
  });
  return { scores, examples };
}

/** By its methods: a page may hold two copies of this package. */
function checkPredictive(who: string, name: string, given: unknown): asserts given is Predictive {
  if (!hasMethods(given))
    refuse(
      who,
      `${name} must be what predictive resolves to`,
      shown(given),
      isPromise(given) ? 'await it' : undefined,
    );
}

/** Never throws: a proxy may be given that is revoked. */
function hasMethods(given: unknown): boolean {
  try {
    const { mean, interval } = (given ?? {}) as Partial<Predictive>;
    return typeof mean === 'function' && typeof interval === 'function';
  } catch {
    return false;
  }
}

function isPromise(given: unknown): boolean {
  try {
    return given instanceof Promise;
  } catch {
    return false;
  }
}

function checkCoverage(who: string, coverage: unknown): asserts coverage is number {
  if (typeof coverage !== 'number' || !(coverage > 0 && coverage < 1))
    refuse(who, 'coverage must be above 0 and below 1', shown(coverage));
}

function checkConformal<Score extends ConformalScore>(
  who: string,
  conformal: unknown,
  ownScores: readonly Score[],
  other: string,
): Conformal & { score: Score } {
  if (typeof conformal !== 'object' || conformal === null || !('thresholds' in conformal))
    return refuse(who, 'conformal must be what conformalThresholds returns', shown(conformal));
  const { score, coverage, thresholds, examples } = conformal as Conformal;
  if (!ownScores.includes(score as Score))
    refuse(
      who,
      `the score must be one of ${ownScores.map(shown).join(', ')}`,
      shown(score),
      `${other} takes other scores`,
    );
  checkCoverage(who, coverage);
  const areNumbers =
    Array.isArray(thresholds) && thresholds.every((q) => typeof q === 'number' && !Number.isNaN(q));
  if (!areNumbers || thresholds.length === 0) refuse(who, 'thresholds must be numbers', shown(thresholds));
  return { score: score as Score, coverage, thresholds: [...thresholds], examples };
}
