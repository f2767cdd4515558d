/**
 * What predictions of a model are worth on data that it was not trained on.
 *
 *     NLL          −1/N Σ_n ln p(y_n | x_n)                     nats per example, of the mixture over the draws
 *     coverage     share of the targets within their central interval of level q, to be compared with q
 *     ECE          Σ_bins (n/N) |accuracy − confidence|         classes; for targets on a line the mean of |coverage − q|
 */
import * as tf from '@tensorflow/tfjs';
import { familyOf } from '../families/familyOf';
import type { Likelihood } from '../likelihoods/likelihood';
import { nllOf } from '../likelihoods/nllOf';
import { expectedCalibrationError } from '../metrics/calibration';
import { intervalCoverage } from '../metrics/interval';
import { logPredictiveDensity } from '../metrics/logPredictiveDensity';
import type { Predictive } from '../predict/result';
import { constantNLL } from './constantPredictor';
import { countCoverage } from './countCoverage';

export interface ValidationReport {
  /** Name of the output. */
  name: string;
  /** Nats per example, with the standard error over the examples. */
  nll: number;
  standardError: number;
  /** That of the best prediction that does not look at the inputs. */
  constantNLL: number;
  /**
   * Shares of the targets in their intervals of 50 and 90 %; undefined where targets have no order or are labels. A count
   * at an end of its interval is in it with a part, see `countCoverage.ts`.
   */
  coverage50: number | undefined;
  coverage90: number | undefined;
  /** Expected calibration error. */
  calibrationError: number;
  /** Too narrow, too wide, or neither, beyond three standard errors. */
  verdict: 'overconfident' | 'underconfident' | 'calibrated';
}

/** So many standard errors are no chance, and a difference below this is no matter. */
const [CHANCE, MATTERS] = [3, 0.03];

const LEVELS = [0.1, 0.3, 0.5, 0.7, 0.9];

/** @param y targets as the likelihood takes them, a row for each of the prediction's. */
export async function validationReport(
  name: string,
  prediction: Predictive,
  y: tf.Tensor,
  likelihood: Likelihood,
): Promise<ValidationReport> {
  const N = y.shape[0];
  let width = 0;
  const densities = tf.tidy(() => {
    const draws = prediction.draws();
    width = draws.size / prediction.samples / N;
    return logPredictiveDensity(draws, y, nllOf(likelihood));
  });
  const nlls = Array.from(await densities.data(), (v) => -v);
  densities.dispose();
  const nll = average(nlls);
  const standardError = Math.sqrt(average(nlls.map((v) => (v - nll) ** 2)) / Math.max(1, N - 1));
  const isOnALine = familyOf(likelihood).quantile !== undefined && likelihood.family !== 'bernoulli';
  const calibration = isOnALine
    ? await ofIntervals(prediction, y, likelihood)
    : await ofProbabilities(prediction, y, likelihood);
  return { name, nll, standardError, constantNLL: await constantNLL(y, likelihood, width), ...calibration };
}

type Calibration = Pick<ValidationReport, 'coverage50' | 'coverage90' | 'calibrationError' | 'verdict'>;

async function ofIntervals(
  prediction: Predictive,
  y: tf.Tensor,
  likelihood: Likelihood,
): Promise<Calibration> {
  const coverage =
    likelihood.family === 'poisson'
      ? await countCoverage(prediction, y, likelihood, LEVELS)
      : await coverageOnALine(prediction, y);
  const n = y.size;
  const excess = (q: number): number =>
    judged(coverage[LEVELS.indexOf(q)]! - q, Math.sqrt((q * (1 - q)) / n));
  const worst = excess(0.9) || excess(0.5);
  return {
    coverage50: coverage[LEVELS.indexOf(0.5)],
    coverage90: coverage[LEVELS.indexOf(0.9)],
    calibrationError: average(coverage.map((share, i) => Math.abs(share - LEVELS[i]!))),
    verdict: worst < 0 ? 'overconfident' : worst > 0 ? 'underconfident' : 'calibrated',
  };
}

async function coverageOnALine(prediction: Predictive, y: tf.Tensor): Promise<number[]> {
  const shares = tf.tidy(() =>
    tf.stack(
      LEVELS.map((level) => {
        const bounds = prediction.interval(level);
        return intervalCoverage(bounds, tf.reshape(y, bounds.lower.shape));
      }),
    ),
  );
  const coverage = Array.from(await shares.data());
  shares.dispose();
  return coverage;
}

/** Of a label that is yes or no the two are its classes. */
async function ofProbabilities(
  prediction: Predictive,
  y: tf.Tensor,
  { family }: Likelihood,
): Promise<Calibration> {
  const { probabilities, labels } = tf.tidy(() => {
    const mean = prediction.mean();
    if (family === 'bernoulli') {
      const p = tf.reshape(mean, [-1]);
      return {
        probabilities: tf.stack([tf.sub(1, p), p], 1),
        labels: tf.round(tf.reshape(tf.cast(y, 'float32'), [-1])),
      };
    }
    const C = mean.shape.at(-1)!;
    const isOneHot = y.rank === mean.rank && y.shape.at(-1) === C;
    return {
      probabilities: tf.reshape(mean, [-1, C]),
      labels: tf.reshape(tf.cast(isOneHot ? tf.argMax(y, -1) : y, 'float32'), [-1]),
    };
  });
  const all = tf.tidy(() => {
    const isRight = tf.equal(tf.cast(tf.argMax(probabilities, 1), 'float32'), labels);
    const confidence = tf.max(probabilities, 1);
    return tf.stack([
      tf.sub(tf.mean(tf.cast(isRight, 'float32')), tf.mean(confidence)),
      tf.mean(tf.mul(confidence, tf.sub(1, confidence))),
      expectedCalibrationError(probabilities as tf.Tensor2D, labels as tf.Tensor1D),
    ]);
  });
  const [difference, variance, calibrationError] = await all.data();
  const excess = judged(difference!, Math.sqrt(variance! / labels.size));
  tf.dispose([all, probabilities, labels]);
  return {
    coverage50: undefined,
    coverage90: undefined,
    calibrationError: calibrationError!,
    verdict: excess < 0 ? 'overconfident' : excess > 0 ? 'underconfident' : 'calibrated',
  };
}

/** 0 where it is chance, or no matter. */
const judged = (difference: number, error: number): number =>
  Math.abs(difference) > Math.max(MATTERS, CHANCE * error) ? difference : 0;

const average = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
