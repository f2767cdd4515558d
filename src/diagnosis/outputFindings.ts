/** What predictions on training data show of the loss and the outputs: noise out of scale, outputs that say nothing. */
import * as tf from '@tensorflow/tfjs';
import type { Likelihood } from '../likelihoods/likelihood';
import type { Predictive } from '../predict/result';
import type { Finding } from './findings';

/** Root mean squares and stddevs of one output and its targets. */
interface Spread {
  /** Stddev of the targets. */
  targets: number;
  /** Of the targets less the predictive mean; under Student's t the mean of their roots, squared, which heavy tails leave alone. */
  residuals: number;
  /** Largest stddev of the predictive mean over the rows, of any column. */
  means: number;
  /** A constant mean: the value. */
  value: number;
}

/** Residuals so many stddevs large are no draw of the noise; a target whose whole spread is so small is nothing but noise. */
const [TOO_SMALL, TOO_LARGE] = [10, 0.2];

/** One output of a model: its prediction, and the targets where they are of its mean's shape. */
export async function outputFindings(
  name: string,
  prediction: Predictive,
  y: tf.Tensor | undefined,
  likelihood: Likelihood | undefined,
): Promise<Finding[]> {
  const { targets, residuals, means, value } = await spreadOf(
    prediction,
    y,
    likelihood?.family === 'studentT',
  );
  const findings: Finding[] = [];
  if (means <= 1e-6 * Math.max(1, Math.abs(value)))
    findings.push({
      fault: 'constantOutput',
      layers: [name],
      meaning: `the mean prediction is ${value.toPrecision(3)} for every row${value === 0 ? ', which is what a relu gives when it is switched off' : ''}.`,
      remedy:
        "Let the last layer be linear, or end in what the loss asks for (non_linearity: 'linear' in a HiddenLayer, whose default is relu); " +
        'if it does, look at the inputs, and train with trainingRecipe().',
    });
  const sigma = knownNoise(likelihood);
  if (sigma === undefined || Number.isNaN(targets)) return findings;
  if (residuals > TOO_SMALL * sigma)
    findings.push({
      fault: 'noiseTooSmall',
      layers: [name],
      meaning: `the residuals are ${ratio(residuals / sigma)} times ${sigma}, which the loss takes as the stddev of the noise (the targets have a stddev of ${targets.toPrecision(3)}).`,
      remedy:
        'Standardise the targets, or let the noise be learned: learnedNoise() as the last layer, with stddev: "output".',
    });
  if (targets < TOO_LARGE * sigma)
    findings.push({
      fault: 'noiseTooLarge',
      layers: [name],
      meaning: `the targets have a stddev of ${targets.toPrecision(3)}, and the loss takes ${sigma} as that of the noise: there is nothing to learn but noise.`,
      remedy:
        'Standardise the targets, or let the noise be learned: learnedNoise() as the last layer, with stddev: "output".',
    });
  return findings;
}

/** The stddev of the noise, where it is one number that somebody chose. */
export function knownNoise(likelihood: Likelihood | undefined): number | undefined {
  if (likelihood?.family === 'gaussian' && likelihood.stddev !== 'output') return likelihood.stddev;
  if (likelihood?.family === 'studentT' && likelihood.scale !== 'output') return likelihood.scale;
  return undefined;
}

async function spreadOf(
  prediction: Predictive,
  y: tf.Tensor | undefined,
  hasTails: boolean,
): Promise<Spread> {
  const all = tf.tidy(() => {
    const mean = prediction.mean();
    const columns = tf.reshape(mean, [mean.shape[0], -1]);
    const means = tf.sqrt(tf.max(tf.moments(columns, 0).variance));
    const targets = y?.size === mean.size ? tf.reshape(tf.cast(y, 'float32'), mean.shape) : undefined;
    const stddev = targets && tf.sqrt(tf.moments(targets).variance);
    const squares = targets && tf.squaredDifference(targets, mean);
    const residuals =
      squares && (hasTails ? tf.square(tf.mean(tf.pow(squares, 0.25))) : tf.sqrt(tf.mean(squares)));
    return tf.stack([stddev ?? tf.scalar(NaN), residuals ?? tf.scalar(NaN), means, tf.mean(mean)]);
  });
  const [targets, residuals, means, value] = await all.data();
  all.dispose();
  return { targets: targets!, residuals: residuals!, means: means!, value: value! };
}

const ratio = (v: number): string => (v < 1000 ? v.toPrecision(2) : v.toPrecision(1));
