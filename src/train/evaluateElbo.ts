/**
 * An estimate of the ELBO by draws of the weights, with its standard error.
 *
 *     elbo = −( E_A[nll] + KL / N )  ≈  −( 1/S Σ_s nll_s + KL / N ),   se = √( Σ_s (nll_s − mean)² / (S (S − 1)) )
 *
 * The KL is exact; only the expectation over the weights is estimated. There is no importance-weighted bound: the weights
 * are common to all examples, and the weights of S draws of them are then 0 but for one.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, checkSeed, isTensor, refuse, shown } from '../check';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { foldIn, seedSequence } from '../noise';
import { compiledOptimizer } from './compiled';

export interface EvaluateElboOptions {
  /** Number of draws S, at least 2. @defaultValue 20 */
  samples?: number;
  /** Number of training examples N, which the KL is spread over. @defaultValue the rows of the data */
  datasetSize?: number;
  /** Makes the estimate reproducible; any whole number. @defaultValue a different one each time */
  seed?: number;
  /** Rows that go through the model at once. @defaultValue 256 */
  batchSize?: number;
}

/** Nats per example. */
export interface ElboEstimate {
  /** −(nll + kl). */
  elbo: number;
  /** The compiled loss, averaged over examples and draws: a negative log likelihood if the loss is one. */
  nll: number;
  /** KL / N, always with klWeight 1. */
  kl: number;
  /** Standard error of nll, and so of elbo, from the spread of the draws. */
  standardError: number;
  samples: number;
}

export interface EvaluationData {
  x: tf.Tensor | tf.Tensor[];
  y: tf.Tensor | tf.Tensor[];
}

const WHO = 'evaluateElbo';

/**
 * Estimates the ELBO of a compiled model on data. The tensors stay the caller's.
 *
 * @param data inputs and targets as `model.evaluate` takes them. For data that were not trained on give `datasetSize`, the
 * number of examples that were.
 * @throws if the model holds no Bayesian layer or is not compiled, or an option is unknown or out of range.
 */
export async function evaluateElbo(
  model: tf.LayersModel,
  data: EvaluationData,
  options: EvaluateElboOptions = {},
): Promise<ElboEstimate> {
  checkKeys(WHO, data, ['x', 'y']);
  checkKeys(WHO, options, ['samples', 'datasetSize', 'seed', 'batchSize']);
  const { samples = 20, seed = seedSequence()(), batchSize = 256 } = options;
  checkPositiveInteger(WHO, 'samples', samples);
  if (samples < 2) refuse(WHO, 'a standard error needs at least 2 samples', shown(samples));
  checkPositiveInteger(WHO, 'batchSize', batchSize);
  checkSeed(WHO, seed);
  const layers = someBayesianLayers(WHO, model);
  compiledOptimizer(WHO, model, 'for its loss');
  const N = options.datasetSize ?? rowsOf(data);
  checkPositiveInteger(WHO, 'datasetSize', N);

  const nlls: number[] = [];
  for (let s = 0; s < samples; s++) {
    const loss = withSeeds(layers, foldIn(seed, s), () => {
      const losses = [model.evaluate(data.x, data.y, { batchSize })].flat();
      // With n outputs TensorFlow.js adds up their losses as it goes along.
      const total = losses[model.outputs.length - 1]!;
      tf.dispose(losses.filter((other) => other !== total));
      return total;
    });
    nlls.push((await loss.data())[0]!);
    loss.dispose();
  }
  const total = tf.tidy(() => tf.addN(layers.map((layer) => layer.kl())));
  const kl = (await total.data())[0]! / N;
  total.dispose();

  const nll = average(nlls);
  const variance = nlls.reduce((sum, v) => sum + (v - nll) ** 2, 0) / (samples - 1);
  return { elbo: -(nll + kl), nll, kl, standardError: Math.sqrt(variance / samples), samples };
}

function rowsOf({ x }: EvaluationData): number {
  const first: unknown = Array.isArray(x) ? x[0] : x;
  if (!isTensor(first)) refuse(WHO, 'data.x must be a tensor, or an array of them', shown(x));
  return first.shape[0];
}

/** Runs f with the noise of each layer from a sequence of its own. */
function withSeeds<T>(layers: BayesianLayer[], seed: number, f: () => T): T {
  const run = layers.reduce(
    (inner, layer, i) => () => layer.withSeeds(seedSequence(foldIn(seed, i)), inner),
    f,
  );
  return run();
}

const average = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;
