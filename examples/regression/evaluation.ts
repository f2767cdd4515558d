/** What the predictions are worth on penguins that were held out, in the unit of the targets: kilograms. */
import * as tf from '@tensorflow/tfjs';
import {
  crpsEnsemble,
  crpsGaussian,
  intervalCoverage,
  logPredictiveDensity,
  meanAndStddev,
  predictive,
  sharpness,
} from 'tfjs-bnn';
import { valueOf, valuesOf } from '../values';
import { likelihood } from './nets';
import type { Standard } from './penguins';

export const LEVEL = 0.9;
/** The quantile (1 + 0.9)/2 of a standard normal. */
export const Z = 1.6448536269514722;

export interface Evaluation {
  /** Negative log density per kilogram of each penguin, nats. */
  nlls: number[];
  /** Mean continuous ranked probability score, kg. */
  crps: number;
  /** Share of the penguins in their interval of 90 %. */
  coverage: number;
  /** Mean width of these intervals, kg. */
  width: number;
}

/** Held-out lengths and masses [N, 1], standardised, and the unit of the masses. */
export interface Held {
  x: tf.Tensor2D;
  y: tf.Tensor2D;
  unit: Standard;
}

export async function evaluateBayesian(
  net: tf.Sequential,
  { x, y, unit }: Held,
  { samples, seed }: { samples: number; seed: number },
): Promise<Evaluation> {
  const prediction = await predictive(net, x, { samples, seed, draws: true });
  const evaluation = {
    nlls: valuesOf(() =>
      tf.sub(Math.log(unit.stddev), logPredictiveDensity(prediction.draws(), y, likelihood)),
    ),
    crps:
      unit.stddev *
      valueOf(() => {
        const { mean, stddev } = meanAndStddev(prediction.draws());
        // A draw of the target, not of its mean.
        const noise = tf.randomNormal(mean.shape, 0, 1, 'float32', seed + 1);
        return crpsEnsemble(tf.add(mean, tf.mul(stddev, noise)), y).mean();
      }),
    coverage: valueOf(() => intervalCoverage(prediction.interval(LEVEL), y)),
    width: unit.stddev * valueOf(() => sharpness(prediction.interval(LEVEL))),
  };
  prediction.dispose();
  return evaluation;
}

export function evaluatePlain(net: tf.Sequential, { x, y, unit }: Held): Evaluation {
  const output = net.predict(x) as tf.Tensor;
  const bounds = (): { lower: tf.Tensor; upper: tf.Tensor } => {
    const { mean, stddev } = meanAndStddev(output);
    return { lower: tf.sub(mean, tf.mul(Z, stddev)), upper: tf.add(mean, tf.mul(Z, stddev)) };
  };
  const evaluation = {
    nlls: valuesOf(() => tf.add(Math.log(unit.stddev), likelihood(y, output))),
    crps:
      unit.stddev *
      valueOf(() => {
        const { mean, stddev } = meanAndStddev(output);
        return crpsGaussian(mean, stddev, y).mean();
      }),
    coverage: valueOf(() => intervalCoverage(bounds(), y)),
    width: unit.stddev * valueOf(() => sharpness(bounds())),
  };
  output.dispose();
  return evaluation;
}

/** The two side by side, as lines of text. */
export function table(evaluations: Record<string, Evaluation>): string {
  const rows: Array<[string, (e: Evaluation) => string]> = [
    ['NLL, nats per penguin (per kg)', ({ nlls }) => meanOf(nlls).toFixed(3)],
    ['CRPS, kg', ({ crps }) => crps.toFixed(3)],
    ['targets in their 90 % interval', ({ coverage }) => `${(100 * coverage).toFixed(1)} %`],
    ['mean width of the intervals, kg', ({ width }) => width.toFixed(2)],
  ];
  const columns = Object.values(evaluations);
  return [['', ...Object.keys(evaluations)], ...rows.map(([label, show]) => [label, ...columns.map(show)])]
    .map(([label, ...cells]) => label!.padEnd(34) + cells.map((cell) => cell.padStart(10)).join(''))
    .join('\n');
}

/** By how much the NLL of one is above that of the other, with the standard error of the mean of the differences. */
export function comparison(a: Evaluation, b: Evaluation): { mean: number; error: number } {
  const differences = a.nlls.map((nll, i) => nll - b.nlls[i]!);
  const mean = meanOf(differences);
  const variance = meanOf(differences.map((d) => (d - mean) ** 2));
  return { mean, error: Math.sqrt(variance / (differences.length - 1)) };
}

const meanOf = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
