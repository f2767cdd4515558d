/**
 * Which KL weight predicts best? By cross-validation, on the score that says so: the negative log predictive density.
 *
 *     nll(T)  =  −1/N Σ_i ln 1/S Σ_s p(y_i | x_i, A_s),     A_s from the posterior that was trained at weight T without fold(i)
 *
 * T = 1 is the ELBO, a posterior that a model and its prior stand for; T < 1 has no such reason but its score (Wenzel et al.
 * 2020, arXiv:2002.02405). So of all weights within one standard error of the best the one nearest to 1 is chosen: the
 * one-standard-error rule (Breiman et al. 1984, section 3.4.3; Hastie, Tibshirani & Friedman 2009, section 7.10).
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositive, checkPositiveInteger, checkSeed, refuse, shown } from '../check';
import { someBayesianLayers } from '../layers/bayesian';
import { nllOf } from '../likelihoods/nllOf';
import { logPredictiveDensity } from '../metrics/logPredictiveDensity';
import { foldIn, seedSequence } from '../noise/noise';
import { compiledLikelihoods } from '../predict/givenLikelihood';
import { predictive } from '../predict/predictive';
import { compiledOptimizer } from '../model/compiled';
import type { EvaluationData } from './evaluateElbo';
import { FoldsOfData, type Rows } from './foldsOfData';
import { setDatasetSize, setKLWeight } from './klFactor';

/** What `model.fit` takes. */
type FitArgs = tf.ModelFitArgs;

export interface ChooseKLWeightOptions {
  /** What `fit` takes, or a function that makes it for each training, e.g. with callbacks of its own. */
  fit: FitArgs | ((model: tf.LayersModel, examples: number) => FitArgs);
  /** The weights T to compare, each above 0. @defaultValue [1, 0.3, 0.1, 0.03] */
  weights?: readonly number[];
  /** Number of parts K, at least 2; each is held out once, by a net that is trained on the others. @defaultValue 5 */
  folds?: number;
  /** Draws of each prediction. @defaultValue 50 */
  samples?: number;
  /** Decides the folds and the draws; any whole number. @defaultValue a different one each time */
  seed?: number;
  /** Is told, after each training, which part of the work is done: a number above 0, at last 1. */
  onProgress?: (fraction: number) => void;
  /** Stops the work between two trainings: the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
}

export interface KLWeightScore {
  weight: number;
  /** Held-out negative log predictive density, nats per example. */
  nll: number;
  /** Of nll: the greater of those over the examples and over the folds, whose examples share a net. */
  standardError: number;
}

export interface ChosenKLWeight {
  /** The one nearest to 1 within a standard error of the best. */
  weight: number;
  /** In the order of `weights`. */
  table: KLWeightScore[];
}

const WHO = 'chooseKLWeight';

/**
 * Compares KL weights by K-fold cross-validation and takes 1 where it can. It trains weights · folds nets: with 4 weights
 * and 5 folds as long as 20 trainings.
 *
 * Keep the test data apart: the nll of the chosen weight is that of a winner, and somewhat too good. Where the noise is
 * learned or predicted a warning says that tempering is dangerous there: with the KL's weight below 1 the noise shrinks to
 * the residuals of the training data.
 *
 * @param makeModel makes a new compiled model with an optimizer of its own, or promises it; both are disposed of. Give its
 * layers seeds to repeat a run; `fit` itself shuffles with Math.random. Its dataset size and KL weight are set here.
 * @param data inputs and targets, as `fit` takes them: one tensor, an array of them, or by name. They stay the caller's.
 * @throws if an option is missing, unknown or out of range, the model has no Bayesian layer, is not compiled or its loss
 * tells no likelihood, or the rows are fewer than the folds; if training fails.
 *
 * @example
 * const options = { fit: { epochs: 5 }, weights: [1, 0.1], folds: 2, seed: 1 };
 * const { weight, table } = await chooseKLWeight(makeModel, { x, y }, options);
 * setKLWeight(model, weight);
 */
export async function chooseKLWeight(
  makeModel: () => tf.LayersModel | Promise<tf.LayersModel>,
  data: EvaluationData,
  options: ChooseKLWeightOptions,
): Promise<ChosenKLWeight> {
  if (typeof makeModel !== 'function')
    refuse(
      WHO,
      'makeModel must be a function that makes a compiled model',
      shown(makeModel),
      'every training needs a new one',
    );
  checkKeys(WHO, data, ['x', 'y']);
  const { fit, weights, folds, samples, seed, onProgress, signal } = checkedOptions(options);
  const first = await checkedModel(makeModel);
  let parts: FoldsOfData;
  try {
    parts = new FoldsOfData(WHO, first, data, folds, seed);
    if (weights.some((weight) => weight < 1)) warnOfLearnedNoise(first);
  } finally {
    disposeOf(first);
  }
  const table: KLWeightScore[] = [];
  for (const [w, weight] of weights.entries()) {
    const ofFolds: Float32Array[] = [];
    for (let fold = 0; fold < folds; fold++) {
      signal?.throwIfAborted();
      const model = await checkedModel(makeModel);
      const { train, heldOut } = parts.fold(fold);
      try {
        setDatasetSize(model, train.rows);
        setKLWeight(model, weight);
        await model.fit(train.x, train.y, {
          verbose: 0,
          ...(typeof fit === 'function' ? fit(model, train.rows) : fit),
        });
        ofFolds.push(await nllsOf(model, heldOut, samples, foldIn(seed, 1 + fold)));
      } finally {
        tf.dispose([train.x, train.y, heldOut.x, heldOut.y]);
        disposeOf(model);
      }
      onProgress?.((w * folds + fold + 1) / (weights.length * folds));
    }
    table.push({ weight, ...summary(ofFolds) });
  }
  const best = table.reduce((a, b) => (b.nll < a.nll ? b : a));
  const { weight } = table
    .filter(({ nll }) => nll <= best.nll + best.standardError)
    .reduce((a, b) => (Math.abs(Math.log(b.weight)) < Math.abs(Math.log(a.weight)) ? b : a), best);
  return { weight, table };
}

type Checked = Required<Omit<ChooseKLWeightOptions, 'onProgress' | 'signal'>> &
  Pick<ChooseKLWeightOptions, 'onProgress' | 'signal'>;

function checkedOptions(options: ChooseKLWeightOptions): Checked {
  checkKeys(WHO, options, ['fit', 'weights', 'folds', 'samples', 'seed', 'onProgress', 'signal']);
  const { fit, weights = [1, 0.3, 0.1, 0.03], folds = 5, samples = 50, seed = seedSequence()() } = options;
  const { onProgress, signal } = options;
  if (typeof fit !== 'function' && (typeof fit !== 'object' || fit === null))
    refuse(
      WHO,
      'fit must be what model.fit takes, or a function that makes it',
      shown(fit),
      'e.g. fit: {epochs: 100}',
    );
  if (!Array.isArray(weights) || weights.length === 0)
    refuse(WHO, 'weights must be an array of KL weights', shown(weights), 'e.g. [1, 0.3, 0.1]');
  const own = [...(weights as readonly number[])];
  own.forEach((weight) => checkPositive(WHO, 'every weight', weight));
  checkPositiveInteger(WHO, 'folds', folds);
  if (folds < 2) refuse(WHO, 'folds must be at least 2', shown(folds));
  checkPositiveInteger(WHO, 'samples', samples);
  checkSeed(WHO, seed);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    refuse(WHO, 'onProgress must be a function', shown(onProgress));
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    refuse(WHO, 'signal must be an AbortSignal', shown(signal), 'e.g. new AbortController().signal');
  return { fit, weights: own, folds, samples, seed, onProgress, signal };
}

async function checkedModel(
  makeModel: () => tf.LayersModel | Promise<tf.LayersModel>,
): Promise<tf.LayersModel> {
  const model = await makeModel();
  someBayesianLayers(WHO, model);
  compiledOptimizer(WHO, model, 'for its loss');
  return model;
}

/** A model disposes of its optimizer only where it was named by a string. */
function disposeOf(model: tf.LayersModel): void {
  const { optimizer } = model;
  const { isOptimizerOwned } = model as unknown as { isOptimizerOwned: boolean };
  model.dispose();
  if (!isOptimizerOwned) optimizer.dispose();
}

/** −ln of the predictive density of each held-out example; of several outputs their sum. */
async function nllsOf(
  model: tf.LayersModel,
  { x, y }: Rows,
  samples: number,
  seed: number,
): Promise<Float32Array> {
  const p = await predictive(model, x, { samples, seed, draws: true, calibration: false });
  try {
    const nlls = tf.tidy(() => {
      const ofOutputs = y.map((targets, i) => {
        const output = p.output(i);
        const likelihood = output.likelihood ?? refuseLoss();
        return logPredictiveDensity(output.draws(), targets, nllOf(likelihood));
      });
      return tf.neg(tf.addN(ofOutputs));
    });
    const numbers = (await nlls.data()) as Float32Array;
    nlls.dispose();
    return numbers;
  } finally {
    p.dispose();
  }
}

function refuseLoss(): never {
  return refuse(
    WHO,
    'the model must be compiled with a loss that tells its likelihood',
    'another',
    'e.g. gaussianNLL({stddev: 0.1}), categoricalNLL(), or the crossentropies of TensorFlow.js by name',
  );
}

function summary(ofFolds: Float32Array[]): Omit<KLWeightScore, 'weight'> {
  const all = ofFolds.flatMap((numbers) => Array.from(numbers));
  const [examples, folds] = [momentsOf(all), momentsOf(ofFolds.map((numbers) => momentsOf(numbers).mean))];
  return { nll: examples.mean, standardError: Math.max(examples.standardError, folds.standardError) };
}

function momentsOf(numbers: ArrayLike<number>): { mean: number; standardError: number } {
  const n = numbers.length;
  const values = Array.from(numbers);
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, standardError: n > 1 ? Math.sqrt(squares / (n - 1) / n) : 0 };
}

function warnOfLearnedNoise(model: tf.LayersModel): void {
  const learns = compiledLikelihoods(model).some(
    (likelihood) =>
      (likelihood?.family === 'gaussian' && likelihood.stddev === 'output') ||
      (likelihood?.family === 'studentT' && likelihood.scale === 'output'),
  );
  if (learns)
    console.warn(
      `tfjs-bnn: ${WHO}: the noise is learned, and a klWeight below 1 lets it shrink to the residuals of the training data: ` +
        'intervals become too narrow. Compare weights with a known noise, gaussianNLL({stddev: …}), or keep to 1.',
    );
}
