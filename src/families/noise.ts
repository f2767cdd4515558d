/**
 * Targets with noise around the output of the model: y = μ + σ e, e standard normal or Student's t.
 *
 * Quantiles are those of the mixture over the draws, F(y) = 1/S Σ_s F_e((y − μ_s)/σ_s). Each component has its own within
 * k of its mean, in units of its σ, and the mixture has its own between the least and the greatest of these.
 */
import * as tf from '@tensorflow/tfjs';
import { checkPositive, shownShape } from '../check';
import { quadratureMoments } from '../gaussian/activations';
import type { Moments } from '../gaussian/moments';
import type { LikelihoodOf, Scale } from '../likelihoods/likelihood';
import { checkScale, meanAndStddev, MIN_STDDEV } from '../likelihoods/scale';
import { quantileOnALine } from '../numerics/mixture';
import { normalCdfAt, normalDensityAt } from '../numerics/normal';
import { studentTCdf, studentTDensity, studentTLnDensity } from '../numerics/studentT';
import type { Draws, Family, Flaw, Reading } from './family';

export const gaussian: Family<LikelihoodOf<'gaussian'>> = {
  keys: ['stddev'],
  checkOptions: (who, { stddev }) => checkScale(who, 'stddev of the likelihood', stddev),
  shapeFlaw: ({ stddev }, shape) => shapeFlaw(stddev, shape),
  read: ({ stddev }, output) => read(stddev, output),
  readMoments: ({ stddev }, output) => readMoments(stddev, output),
  aleatoric: ({ stddev }, value, noise) => variance(stddev, 1, value, noise),
  hasRawScales: ({ stddev }) => stddev === 'output',
  calibratedBy: 'scale',
  lnDensity({ stddev }, y, mu, rawScale) {
    const sigma = stddev === 'output' ? stddevOf(rawScale) : stddev;
    const z = (y - mu) / sigma;
    return -0.5 * z * z - Math.log(sigma) - 0.5 * Math.log(2 * Math.PI);
  },
  quantile({ stddev }, level, draws) {
    // Φ(−k) ≤ ½ e^(−k²/2)
    const k = Math.sqrt(-2 * Math.log(2 * Math.min(level, 1 - level)));
    return quantile(stddev, level, draws, { cdf: normalCdfAt, density: normalDensityAt, k });
  },
};

export const studentT: Family<LikelihoodOf<'studentT'>> = {
  keys: ['df', 'scale'],
  checkOptions(who, { df, scale }) {
    checkPositive(who, 'df of the likelihood', df);
    checkScale(who, 'scale of the likelihood', scale);
  },
  shapeFlaw: ({ scale }, shape) => shapeFlaw(scale, shape),
  read: ({ scale }, output) => read(scale, output),
  readMoments: ({ scale }, output) => readMoments(scale, output),
  aleatoric: ({ df: nu, scale }, value, noise) =>
    variance(scale, nu > 2 ? nu / (nu - 2) : Infinity, value, noise),
  hasRawScales: ({ scale }) => scale === 'output',
  calibratedBy: 'scale',
  lnDensity({ df: nu, scale }, y, mu, rawScale) {
    const sigma = scale === 'output' ? stddevOf(rawScale) : scale;
    return studentTLnDensity((y - mu) / sigma, nu) - Math.log(sigma);
  },
  quantile({ df: nu, scale }, level, draws) {
    const e = { cdf: (t: number) => studentTCdf(t, nu), density: (t: number) => studentTDensity(t, nu) };
    let k = 1;
    while (e.cdf(-k) > Math.min(level, 1 - level)) k *= 2;
    return quantile(scale, level, draws, { ...e, k });
  },
  lacks({ df }, what): Flaw | undefined {
    const least = what === 'mean' ? 1 : 2;
    if (df > least) return undefined;
    return {
      rule: `a ${what} of Student's t needs a df above ${least}`,
      got: String(df),
      remedy: what === 'mean' ? 'quantile(0.5) is its median' : 'interval(0.9) tells its width',
    };
  },
};

function read(scale: Scale, output: tf.Tensor): Reading {
  if (scale !== 'output') return { value: output };
  const { mean, stddev } = meanAndStddev(output);
  return { value: mean, noise: tf.square(stddev) };
}

/** E[σ²] of a raw scale that is Gaussian: the square of the mean of σ, and its variance. */
function readMoments(scale: Scale, output: Moments): { value: Moments; noise?: tf.Tensor } {
  if (scale !== 'output') return { value: output };
  const [mean, rawMean] = tf.split(output.mean, 2, -1) as [tf.Tensor, tf.Tensor];
  const [variance, rawVariance] = tf.split(output.variance, 2, -1) as [tf.Tensor, tf.Tensor];
  const sigma = quadratureMoments({ mean: rawMean, variance: rawVariance }, (raw) =>
    tf.add(tf.softplus(raw), MIN_STDDEV),
  );
  return { value: { mean, variance }, noise: tf.add(tf.square(sigma.mean), sigma.variance) };
}

/** @param factor of σ² in the variance of the noise */
const variance = (scale: Scale, factor: number, { mean }: Moments, noise?: tf.Tensor): tf.Tensor =>
  scale === 'output' ? tf.mul(factor, noise!) : tf.fill(mean.shape, factor * scale ** 2);

function shapeFlaw(scale: Scale, shape: readonly number[]): Flaw | undefined {
  if (scale !== 'output' || (shape.length > 1 && shape.at(-1)! % 2 === 0)) return undefined;
  return {
    rule: 'must hold K means and K raw scales [..., 2K]',
    got: shownShape([null, ...shape.slice(1)]),
  };
}

/** The noise e: its distribution, and how far from 0 the level's quantile is at most. */
interface Noise {
  cdf: (e: number) => number;
  density: (e: number) => number;
  k: number;
}

function quantile(scale: Scale, level: number, { outputs: mu, rawScales }: Draws, e: Noise): number {
  const S = mu.length;
  const sigma = scale === 'output' ? rawScales.map(stddevOf) : mu.map(() => scale);
  const mean = (f: (s: number) => number): number => {
    let sum = 0;
    for (let s = 0; s < S; s++) sum += f(s);
    return sum / S;
  };
  return quantileOnALine(level, {
    cdf: (y) => mean((s) => e.cdf((y - mu[s]!) / sigma[s]!)),
    density: (y) => mean((s) => e.density((y - mu[s]!) / sigma[s]!) / sigma[s]!),
    low: mu.reduce((least, m, s) => Math.min(least, m - e.k * sigma[s]!), Infinity),
    high: mu.reduce((most, m, s) => Math.max(most, m + e.k * sigma[s]!), -Infinity),
  });
}

/** MIN_STDDEV + ln(1 + e^r) without overflow, as `meanAndStddev` has it. */
export const stddevOf = (r: number): number =>
  MIN_STDDEV + Math.max(r, 0) + Math.log1p(Math.exp(-Math.abs(r)));
