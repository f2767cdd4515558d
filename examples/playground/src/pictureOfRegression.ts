/** The predictive distribution along the x axis. */
import * as tf from '@tensorflow/tfjs';
import { meanAndStddev, predictive } from 'tfjs-bnn';
import { bayesianLayers } from './nets';
import { PLANE, type Problem } from './problem';
import type { Band, RegressionPicture } from './protocol';
import { quantiles } from './quantiles';
import { valuesOf } from './valuesOf';

const PLACES = 97;
const SAMPLES = 80;
const DRAWN = 12;
/** Quantiles of a standard normal: (1 + 0.5)/2 and (1 + 0.9)/2. */
const Z = { 50: 0.6744897501960817, 90: 1.6448536269514722 } as const;

const [low, high] = PLANE.regression.x;
const X = Float32Array.from({ length: PLACES }, (_, i) => low + ((high - low) * i) / (PLACES - 1));

export async function pictureOfRegression(net: tf.Sequential, problem: Problem): Promise<RegressionPicture> {
  const x = tf.tensor2d(X, [PLACES, 1]);
  try {
    return await (bayesianLayers(net).length > 0 ? ofBayesian(net, x, problem) : ofPlain(net, x, problem));
  } finally {
    x.dispose();
  }
}

async function ofBayesian(net: tf.Sequential, x: tf.Tensor2D, { seed }: Problem): Promise<RegressionPicture> {
  // The same draws of noise for every view, so that nothing trembles by itself; one draw is one function.
  const found = await predictive(net, x, {
    samples: SAMPLES,
    seed,
    coherent: true,
    batchSize: PLACES,
    draws: true,
  });
  const tensors = tf.tidy(() => {
    const { aleatoric, epistemic } = found.varianceSplit();
    return {
      mean: found.mean(),
      draws: meansOf(found.draws(), found.mean().shape),
      epistemic: tf.sqrt(epistemic),
      aleatoric: tf.sqrt(aleatoric),
      ...found.interval(0.5),
      lower90: found.quantile(0.05),
      upper90: found.quantile(0.95),
    };
  });
  found.dispose();
  const { draws, lower, upper, lower90, upper90, ...numbers } = await valuesOf(tensors);
  const functions = Array.from({ length: SAMPLES }, (_, s) => draws.subarray(s * PLACES, (s + 1) * PLACES));
  const curve = quantiles(functions, [0.05, 0.25, 0.75, 0.95]);
  return {
    mode: 'regression',
    x: X,
    ...numbers,
    curve: { 50: { lower: curve[1]!, upper: curve[2]! }, 90: { lower: curve[0]!, upper: curve[3]! } },
    target: { 50: { lower, upper }, 90: { lower: lower90, upper: upper90 } },
    draws: functions.slice(0, DRAWN).map((one) => one.slice()),
  };
}

/** Draws of the output [S, N, 1], or with raw scales of the noise [S, N, 2]: the means [S, N]. */
function meansOf(draws: tf.Tensor, [N]: number[]): tf.Tensor {
  const means = draws.shape.at(-1) === 1 ? draws : meanAndStddev(draws).mean;
  return tf.reshape(means, [-1, N!]);
}

/** One curve, which it is sure of. */
async function ofPlain(net: tf.Sequential, x: tf.Tensor2D, { options }: Problem): Promise<RegressionPicture> {
  const tensors = tf.tidy(() => {
    const output = net.predict(x) as tf.Tensor;
    return options.noise === 'learned'
      ? meanAndStddev(output)
      : { mean: output, stddev: tf.fill(output.shape, options.noise) };
  });
  const { mean, stddev } = await valuesOf(tensors);
  const about = (z: number): Band => ({
    lower: mean.map((m, i) => m - z * stddev[i]!),
    upper: mean.map((m, i) => m + z * stddev[i]!),
  });
  return {
    mode: 'regression',
    x: X,
    mean,
    curve: { 50: about(0), 90: about(0) },
    target: { 50: about(Z[50]), 90: about(Z[90]) },
    draws: [],
    epistemic: new Float32Array(PLACES),
    aleatoric: stddev,
  };
}
