/** The variance of a layer's gradient over draws of its noise, on a batch that stays the same. */
import * as tf from '@tensorflow/tfjs';
import { layers } from '../src/index';

export const ESTIMATORS = ['local', 'flipout', 'weightSpace'] as const;
export type EstimatorName = (typeof ESTIMATORS)[number];

/** The mean over the weights of a tensor. */
export interface Variance {
  value: number;
  /** Of the value, from the draws. */
  standardError: number;
}

export interface GradientVariances {
  A_mean: Variance;
  A_scale: Variance;
}

export interface NetSizes {
  units: number;
  /** Of all weights of the Bayesian layer. */
  stddev: number;
  draws: number;
}

/**
 * A Bayesian layer of ReLUs below a plain softmax, at its initial values: the gradient of the mean cross-entropy over the
 * batch, without the KL, which has no noise.
 *
 * @param y one-hot
 */
export function gradientVariances(
  estimator: EstimatorName,
  { x, y }: { x: tf.Tensor2D; y: tf.Tensor2D },
  { units, stddev, draws }: NetSizes,
): GradientVariances {
  const layer = layers.dense({
    ...{ units, activation: 'relu', inputShape: [x.shape[1]], initialStddev: stddev, useBias: false },
    ...{ estimator, klFactor: 1, seed: 1 },
  });
  const kernelInitializer = tf.initializers.glorotNormal({ seed: 2 });
  const model = tf.sequential({
    layers: [layer, tf.layers.dense({ units: y.shape[1], kernelInitializer })],
  });
  const variables = layer.trainableWeights.map((w) => w.read() as tf.Variable);
  const of: [Float32Array[], Float32Array[]] = [[], []];
  for (let k = 0; k < draws; k++)
    tf.tidy(() => {
      const loss = (): tf.Scalar =>
        tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor);
      const { grads } = tf.variableGrads(loss, variables);
      variables.forEach(({ name }, i) => of[i]!.push(grads[name]!.dataSync<'float32'>().slice()));
      // Nobody adds the KL to a loss here: the layer is told that its pass is over.
      layer.calculateLosses();
    });
  model.dispose();
  // dA_scale = dln A_scale / A_scale
  const ofLogarithm = variance(of[1]);
  return {
    A_mean: variance(of[0]),
    A_scale: {
      value: ofLogarithm.value / stddev ** 2,
      standardError: ofLogarithm.standardError / stddev ** 2,
    },
  };
}

function variance(draws: Float32Array[]): Variance {
  const [K, W] = [draws.length, draws[0]!.length];
  const mean = new Float64Array(W);
  for (const g of draws) g.forEach((v, w) => (mean[w]! += v / K));
  // One square for each draw, averaged over the weights.
  const squares = draws.map((g) => g.reduce((sum, v, w) => sum + (v - mean[w]!) ** 2, 0) / W);
  const average = squares.reduce((a, b) => a + b) / K;
  const spread = Math.sqrt(squares.reduce((sum, s) => sum + (s - average) ** 2, 0) / (K - 1));
  return { value: (average * K) / (K - 1), standardError: spread / Math.sqrt(K) };
}

/** The slope of ln variance over ln batch size by least squares, and its standard error from those of the variances. */
export function slopeOf(batches: readonly number[], variances: readonly Variance[]): Variance {
  const xs = batches.map(Math.log);
  const center = xs.reduce((a, b) => a + b) / xs.length;
  const sum = xs.reduce((total, x) => total + (x - center) ** 2, 0);
  const terms = variances.map(({ value, standardError }, i) => ({
    slope: ((xs[i]! - center) / sum) * Math.log(value),
    // d ln v = dv / v
    error: (((xs[i]! - center) / sum) * standardError) / value,
  }));
  return {
    value: terms.reduce((total, { slope }) => total + slope, 0),
    standardError: Math.hypot(...terms.map(({ error }) => error)),
  };
}
