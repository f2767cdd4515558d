/** What predictions of a model show, on data that it was trained on and on others. */
import * as tf from '@tensorflow/tfjs';
import type { Likelihood } from '../likelihoods/likelihood';
import { predictive, type PredictiveOptions } from '../predict/predictive';
import type { Predictive } from '../predict/result';
import { asColumns, outputNames } from '../model/data';
import type { Finding } from './findings';
import { knownNoise, outputFindings } from './outputFindings';
import { validationReport, type ValidationReport } from './validation';

export type Likelihoods = ReadonlyArray<Likelihood | undefined>;

/** Inputs and targets in order. */
export interface Pairs {
  xs: tf.Tensor[];
  ys: tf.Tensor[];
}

/** So many rows tell what predictions on training data have to tell. */
const ENOUGH_ROWS = 500;

export async function onTrainingData(
  model: tf.LayersModel,
  { xs, ys }: Pairs,
  likelihoods: Likelihoods,
): Promise<Finding[]> {
  const [some, targets] = [xs, ys].map((all) =>
    all.map((t) => tf.slice(t, 0, Math.min(ENOUGH_ROWS, t.shape[0]))),
  ) as [tf.Tensor[], tf.Tensor[]];
  try {
    // Its own noise is looked at, not that of a calibration.
    const options = { samples: 20, draws: false, calibration: false } as const;
    const all = await predicted(model, some, options, likelihoods.map(withMean));
    const findings: Finding[] = [];
    for (const [i, name] of outputNames(model).entries())
      findings.push(...(await outputFindings(name, all.output(i), targets[i], likelihoods[i])));
    all.dispose();
    return findings;
  } finally {
    tf.dispose([...some, ...targets]);
  }
}

export async function onValidationData(
  model: tf.LayersModel,
  { xs, ys }: Pairs,
  likelihoods: Likelihoods,
): Promise<ValidationReport[]> {
  const all = await predicted(model, xs, { samples: 100, draws: true }, likelihoods);
  const reports: ValidationReport[] = [];
  try {
    for (const [i, name] of outputNames(model).entries()) {
      const likelihood = likelihoods[i];
      if (likelihood === undefined) continue;
      const [y] = tf.tidy(() => asColumns([ys[i]!]).map((t) => t.clone()));
      try {
        reports.push(await validationReport(name, all.output(i), y!, likelihood));
      } finally {
        y!.dispose();
      }
    }
  } finally {
    all.dispose();
  }
  return reports;
}

/** Student's t of one df or less has no mean, but a centre, which others of its kind have for their mean. */
const withMean = (likelihood: Likelihood | undefined): Likelihood | undefined =>
  likelihood?.family === 'studentT' && likelihood.df <= 1 ? { ...likelihood, df: 2 } : likelihood;

/** With draws that are the same whenever it is asked. */
async function predicted(
  model: tf.LayersModel,
  xs: tf.Tensor[],
  options: PredictiveOptions,
  likelihoods: Likelihoods,
): Promise<Predictive> {
  const columns = asColumns(xs);
  try {
    return await predictive(model, columns, { ...options, seed: 0, likelihood: likelihoods });
  } finally {
    tf.dispose(columns.filter((t) => !xs.includes(t)));
  }
}

/** The stddev of the noise in that of the targets; 1 where it is not known. */
export async function relativeNoise(
  y: tf.Tensor | undefined,
  likelihood: Likelihood | undefined,
): Promise<number> {
  const sigma = knownNoise(likelihood);
  if (sigma === undefined) return 1;
  const spread = y === undefined ? 1 : await targetSpread(y);
  return spread === 0 ? 1 : Math.min(1, sigma / spread);
}

async function targetSpread(y: tf.Tensor): Promise<number> {
  const stddev = tf.tidy(() => tf.sqrt(tf.moments(tf.cast(y, 'float32')).variance));
  const [value] = await stddev.data();
  stddev.dispose();
  return value!;
}
