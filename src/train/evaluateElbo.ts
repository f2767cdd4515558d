/**
 * An estimate of the ELBO by draws of the weights, with its standard error.
 *
 *     elbo = −( E_A[nll] + KL / N )  ≈  −( 1/S Σ_s nll_s + KL / N ),   se = √( Σ_s (nll_s − mean)² / (S (S − 1)) )
 *
 * The KL is exact; only the expectation over the weights is estimated. There is no importance-weighted bound: the weights
 * are common to all examples, and the weights of S draws of them are then 0 but for one.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkModelAlive, checkPositiveInteger, checkSeed, refuse, shown } from '../check';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { foldIn, seedSequence, type Seeds } from '../noise/noise';
import { checkNumbersOf } from '../predict/inputs';
import { compiledOptimizer } from '../model/compiled';
import {
  asColumns,
  checkInputShapes,
  compiledLosses,
  inputNames,
  outputNames,
  inOrder,
  lossesOf,
  lossOn,
  rowsOf,
  type Data,
  type GivenLikelihood,
  type Loss,
} from '../model/data';
import { inWords, notFiniteSources } from '../model/notFinite';
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
  /**
   * What to take in place of the compiled loss: a loss, or a likelihood as data, for each output. A model need not be
   * compiled then. @defaultValue the compiled loss
   */
  likelihood?: GivenLikelihood;
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
  x: Data;
  y: Data;
}

const WHO = 'evaluateElbo';

/**
 * Estimates the ELBO of a compiled model on data. Others may run in between, and change the model: all draws of tensors, and
 * the KL, are of the weights of one moment; those of a dataset of one moment for each batch.
 *
 * @param data inputs and targets as `model.evaluate` takes them, which stay the caller's; or a finite `tf.data.Dataset` of
 * batches `{xs, ys}` as `model.evaluateDataset` takes it. It is gone through once, and however it is batched, the estimate
 * is that of its rows as tensors. Its targets may have any shape that the loss takes, as `evaluateDataset` has it. For data
 * that were not trained on give `datasetSize`, the number of examples that were.
 * @throws if the model holds no Bayesian layer or is not compiled, an option is unknown or out of range, or the data have
 * no rows, are not what the model takes, or hold numbers that are not finite; if the loss is not, naming where that comes
 * from.
 *
 * @example
 * const { elbo, nll, kl, standardError } = await evaluateElbo(model, { x, y }, { samples: 50, seed: 1 });
 * console.log(`${elbo} ± ${standardError} nats per example`);
 */
export async function evaluateElbo(
  model: tf.LayersModel,
  data: EvaluationData | Batches,
  options: EvaluateElboOptions = {},
): Promise<ElboEstimate> {
  if (!isDataset(data)) checkKeys(WHO, data, ['x', 'y']);
  checkKeys(WHO, options, ['samples', 'datasetSize', 'seed', 'batchSize', 'likelihood']);
  const { samples = 20, seed = seedSequence()(), batchSize = 256, datasetSize, likelihood } = options;
  checkPositiveInteger(WHO, 'samples', samples);
  if (samples < 2) refuse(WHO, 'a standard error needs at least 2 samples', shown(samples));
  checkPositiveInteger(WHO, 'batchSize', batchSize);
  checkSeed(WHO, seed);
  if (datasetSize !== undefined) checkPositiveInteger(WHO, 'datasetSize', datasetSize);
  const layers = someBayesianLayers(WHO, model);
  const given = likelihood === undefined ? undefined : lossesOf(WHO, model, likelihood);
  if (given === undefined) compiledOptimizer(WHO, model, 'for its loss');
  const losses = given ?? compiledLosses(model);

  const tensors = isDataset(data) ? undefined : tensorsOf(model, data);

  // A sequence for each draw and layer, which goes on from part to part.
  const seeds = Array.from({ length: samples }, (_, s) =>
    layers.map((__, i) => seedSequence(foldIn(foldIn(seed, s), i))),
  );
  const sums = seeds.map(() => 0);
  let [rows, sumOfKL] = [0, 0];
  const parts = isDataset(data)
    ? withLoss(model, rebatched(WHO, model, data, batchSize), losses)
    : given === undefined
      ? wholeOf(model, tensors!, batchSize)
      : withLoss(model, cut(tensors!, batchSize), losses);
  for await (const part of parts) {
    rows += part.rows;
    await checkNumbersOf(WHO, 'x', part.x);
    const [kl, ...ofDraws] = await ofPart(model, part, layers, seeds);
    const wrong = ofDraws.find((loss) => !Number.isFinite(loss));
    if (wrong !== undefined) await refuseNotFinite(model, `a loss of ${wrong}`, part);
    if (!Number.isFinite(kl)) await refuseNotFinite(model, `a KL of ${kl}`);
    sumOfKL += part.rows * kl!;
    ofDraws.forEach((loss, s) => (sums[s]! += part.rows * loss));
  }
  if (rows === 0) refuse(WHO, 'the data must have rows', 'none');

  const kl = sumOfKL / rows / (datasetSize ?? rows);
  const nlls = sums.map((sum) => sum / rows);
  const nll = average(nlls);
  const variance = nlls.reduce((sum, v) => sum + (v - nll) ** 2, 0) / (samples - 1);
  return { elbo: -(nll + kl), nll, kl, standardError: Math.sqrt(variance / samples), samples };
}

/** Some rows, and the compiled loss on them, of a fresh draw at each call; the caller tidies. */
interface PartWithLoss extends Part {
  loss: () => tf.Scalar;
}

/** The KL, and the loss of each draw averaged over the rows of a part: of one state of the weights, since nobody runs in between. */
async function ofPart(
  model: tf.LayersModel,
  { loss }: PartWithLoss,
  layers: BayesianLayer[],
  seeds: Seeds[][],
): Promise<number[]> {
  checkModelAlive(WHO, model);
  const all = tf.tidy(() =>
    tf.stack([
      tf.addN(layers.map((layer) => layer.kl())),
      ...seeds.map((ofDraw) => withSeeds(layers, ofDraw, loss)),
    ]),
  );
  const numbers = await all.data();
  all.dispose();
  return [...numbers];
}

/** Tensors are one part: `model.evaluate` cuts them into batches itself. */
function* wholeOf(
  model: tf.LayersModel,
  { x, y }: Record<'x' | 'y', tf.Tensor[]>,
  batchSize: number,
): Generator<PartWithLoss, void, undefined> {
  const rows = x[0]!.shape[0];
  const loss = (): tf.Scalar => {
    const losses = [model.evaluate(x, y, { batchSize })].flat();
    // With n outputs TensorFlow.js adds up their losses as it goes along.
    return losses[model.outputs.length - 1]!;
  };
  if (rows > 0) yield { x, y, rows, loss };
}

/** Parts whose targets `model.evaluate` would not take. */
async function* withLoss(
  model: tf.LayersModel,
  parts: Iterable<Part> | AsyncIterable<Part>,
  losses: readonly Loss[],
): AsyncGenerator<PartWithLoss, void, undefined> {
  for await (const part of parts)
    yield { ...part, loss: () => tf.tidy(() => lossOn(model, part.x, part.y, losses)) };
}

function* cut({ x, y }: Record<'x' | 'y', tf.Tensor[]>, size: number): Generator<Part, void, undefined> {
  const all = x[0]!.shape[0];
  for (let start = 0; start < all; start += size) {
    const rows = Math.min(size, all - start);
    const part = tf.tidy(() => ({
      x: asColumns(x).map((t) => tf.slice(t, start, rows)),
      y: asColumns(y).map((t) => tf.slice(t, start, rows)),
    }));
    try {
      yield { ...part, rows };
    } finally {
      tf.dispose([...part.x, ...part.y]);
    }
  }
}

function tensorsOf(model: tf.LayersModel, { x, y }: EvaluationData): Record<'x' | 'y', tf.Tensor[]> {
  const inputs = inOrder(WHO, 'data.x', x, inputNames(model));
  const targets = inOrder(WHO, 'data.y', y, outputNames(model));
  checkInputShapes(WHO, 'data.x', model, inputs);
  rowsOf(WHO, 'data', [...inputs, ...targets]);
  return { x: inputs, y: targets };
}

async function refuseNotFinite(model: tf.LayersModel, got: string, part?: Part): Promise<never> {
  const sources = await notFiniteSources(model, part?.x, part?.y);
  return refuse(
    WHO,
    'loss and KL must be finite',
    `${got} from ${sources.length > 0 ? inWords(sources) : 'the loss itself, of outputs and targets that are finite'}`,
    'diagnose(model, {x, y}) looks at all layers',
  );
}

/** Runs f with the noise of each layer from a sequence of its own. */
function withSeeds<T>(layers: BayesianLayer[], seeds: Seeds[], f: () => T): T {
  const run = layers.reduce((inner, layer, i) => () => layer.withSeeds(seeds[i]!, inner), f);
  return run();
}

const average = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;
