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
import { checkAlive, someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { foldIn, seedSequence, type Seeds } from '../noise/noise';
import { compiledOptimizer } from './compiled';
import { isDataset, rebatched, type Batches, type Part } from './rebatched';

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
 * Estimates the ELBO of a compiled model on data. Others may run in between, and change the model: all draws of tensors, and
 * the KL, are of the weights of one moment; those of a dataset of one moment for each batch.
 *
 * @param data inputs and targets as `model.evaluate` takes them, which stay the caller's; or a finite `tf.data.Dataset` of
 * batches `{xs, ys}` as `model.evaluateDataset` takes it. It is gone through once, and however it is batched, the estimate
 * is that of its rows as tensors. For data that were not trained on give `datasetSize`, the number of examples that were.
 * @throws if the model holds no Bayesian layer or is not compiled, an option is unknown or out of range, or the data have
 * no rows or are not what the model takes.
 */
export async function evaluateElbo(
  model: tf.LayersModel,
  data: EvaluationData | Batches,
  options: EvaluateElboOptions = {},
): Promise<ElboEstimate> {
  if (!isDataset(data)) checkKeys(WHO, data, ['x', 'y']);
  checkKeys(WHO, options, ['samples', 'datasetSize', 'seed', 'batchSize']);
  const { samples = 20, seed = seedSequence()(), batchSize = 256 } = options;
  checkPositiveInteger(WHO, 'samples', samples);
  if (samples < 2) refuse(WHO, 'a standard error needs at least 2 samples', shown(samples));
  checkPositiveInteger(WHO, 'batchSize', batchSize);
  checkSeed(WHO, seed);
  if (options.datasetSize !== undefined) checkPositiveInteger(WHO, 'datasetSize', options.datasetSize);
  const layers = someBayesianLayers(WHO, model);
  compiledOptimizer(WHO, model, 'for its loss');

  // A sequence for each draw and layer, which goes on from part to part.
  const seeds = Array.from({ length: samples }, (_, s) =>
    layers.map((__, i) => seedSequence(foldIn(foldIn(seed, s), i))),
  );
  const sums = seeds.map(() => 0);
  let [rows, sumOfKL] = [0, 0];
  for await (const part of isDataset(data) ? rebatched(WHO, model, data, batchSize) : wholeOf(data)) {
    rows += part.rows;
    const [kl, ...losses] = await ofPart(model, part, batchSize, layers, seeds);
    sumOfKL += part.rows * kl!;
    losses.forEach((loss, s) => (sums[s]! += part.rows * loss));
  }
  if (rows === 0) refuse(WHO, 'the data must have rows', 'none');

  const kl = sumOfKL / rows / (options.datasetSize ?? rows);
  const nlls = sums.map((sum) => sum / rows);
  const nll = average(nlls);
  const variance = nlls.reduce((sum, v) => sum + (v - nll) ** 2, 0) / (samples - 1);
  return { elbo: -(nll + kl), nll, kl, standardError: Math.sqrt(variance / samples), samples };
}

/** Tensors are one part: `model.evaluate` cuts them into batches itself. */
function* wholeOf({ x, y }: EvaluationData): Generator<Part, void, undefined> {
  const [xs, ys] = [[x].flat(), [y].flat()];
  if (!isTensor(xs[0])) refuse(WHO, 'data.x must be a tensor, or an array of them', shown(x));
  if (xs[0].shape[0] > 0) yield { x: xs, y: ys, rows: xs[0].shape[0] };
}

/** The KL, and the compiled loss of each draw averaged over the rows of a part: of one state of the weights, since nobody runs in between. */
async function ofPart(
  model: tf.LayersModel,
  { x, y }: Part,
  batchSize: number,
  layers: BayesianLayer[],
  seeds: Seeds[][],
): Promise<number[]> {
  checkAlive(WHO, model);
  const all = tf.tidy(() => {
    const kl = tf.addN(layers.map((layer) => layer.kl()));
    const losses = seeds.map((ofDraw) =>
      withSeeds(layers, ofDraw, () => [model.evaluate(x, y, { batchSize })].flat()),
    );
    // With n outputs TensorFlow.js adds up their losses as it goes along.
    return tf.stack([kl, ...losses.map((ofOutputs) => ofOutputs[model.outputs.length - 1]!)]);
  });
  const numbers = await all.data();
  all.dispose();
  return [...numbers];
}

/** Runs f with the noise of each layer from a sequence of its own. */
function withSeeds<T>(layers: BayesianLayer[], seeds: Seeds[], f: () => T): T {
  const run = layers.reduce((inner, layer, i) => () => layer.withSeeds(seeds[i]!, inner), f);
  return run();
}

const average = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;
