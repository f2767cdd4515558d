/**
 * Why does it not train? Numbers for each Bayesian layer, and in words what they usually mean and what to try.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, refuse, shown } from '../check';
import { someBayesianLayers } from '../layers/bayesian';
import { unreadScales } from '../layers/unreadScale';
import {
  asLikelihood,
  compiledLikelihoods,
  likelihoodOf,
  type LikelihoodLike,
} from '../predict/givenLikelihood';
import { compiledOptimizer } from '../model/compiled';
import {
  asColumns,
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
import { layerDiagnosis } from './diagnosedLayer';
import {
  onTrainingData,
  onValidationData,
  relativeNoise,
  type Likelihoods,
  type Pairs,
} from './diagnosedOutputs';
import { diagnosisText } from './diagnosisText';
import { findingsOf, validationFindings, type Finding, type LayerDiagnosis } from './findings';
import { gradientStatistics } from './gradientStatistics';
import { inWords, notFiniteSources, weightsAndInputsNotFinite } from '../model/notFinite';
import type { ValidationReport } from './validation';

export interface DiagnoseOptions {
  /** A batch of the training data, inputs as the model takes them. With y it shows how far the scales are from rest. */
  x?: Data;
  /** The targets of x, of any shape that the loss takes. */
  y?: Data;
  /** Number of training examples N: shows whether the KL factor is 1 / N. @defaultValue unknown; x may be a part of the data */
  datasetSize?: number;
  /**
   * Data that were not trained on, as x and y: what predictions are worth there, and whether their intervals or
   * probabilities are too sure. Needs a loss that tells its likelihood.
   */
  validation?: { x: Data; y: Data };
  /** What to take in place of the compiled loss: a loss, or a likelihood as data, for each output. @defaultValue the compiled loss */
  likelihood?: GivenLikelihood;
  /** Draws over which the gradient on the batch is averaged, at least 2. @defaultValue 10 */
  draws?: number;
}

export interface Diagnosis {
  layers: LayerDiagnosis[];
  /** What was noticed, the most likely cause first; empty where nothing was. */
  findings: Finding[];
  /** One for each output, where validation data are given. */
  validation: ValidationReport[];
  /** A table of the layers, the validation and the findings in words. */
  toString(): string;
}

const WHO = 'diagnose';

/**
 * Looks at the posteriors of a model, and with a batch of data at the gradients of its compiled loss.
 *
 * Its thresholds are rules of thumb: a finding says what usually is the matter. It changes nothing; tensors stay the
 * caller's.
 *
 * @throws if the model holds no Bayesian layer, an option is unknown or out of range, x comes without y or to a model
 * that is not compiled.
 *
 * @example
 * console.log(String(await diagnose(model, { x, y, datasetSize: x.shape[0] })));
 */
export async function diagnose(model: tf.LayersModel, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  checkKeys(WHO, options, ['x', 'y', 'datasetSize', 'draws', 'likelihood', 'validation']);
  const { x, y, datasetSize, draws = 10, likelihood, validation } = options;
  if (datasetSize !== undefined) checkPositiveInteger(WHO, 'datasetSize', datasetSize);
  checkPositiveInteger(WHO, 'draws', draws);
  if (draws < 2) refuse(WHO, 'the noise of a gradient needs at least 2 draws', shown(draws));
  if ((x === undefined) !== (y === undefined))
    refuse(WHO, 'x and y belong together', x === undefined ? 'y alone' : 'x alone');
  const layers = someBayesianLayers(WHO, model);
  const given = likelihood === undefined ? undefined : lossesOf(WHO, model, likelihood);
  const likelihoods = tellingLikelihoods(model, likelihood);
  const data = x === undefined || y === undefined ? undefined : checkedData(model, x, y, given);
  const held = validation && checkedValidation(model, validation, likelihoods);

  const broken = await notFiniteFinding(model, data);
  const diagnosed: LayerDiagnosis[] = [];
  const noise = await relativeNoise(data?.ys[0], likelihoods[0]);
  for (const layer of layers) diagnosed.push(await layerDiagnosis(layer, datasetSize, noise));
  if (data !== undefined) {
    const nll = drawnLoss(model, data);
    const trained = layers.filter(({ trainableWeights }) => trainableWeights.length > 0);
    const gradients = await gradientStatistics(trained, nll, draws);
    trained.forEach((layer, i) => Object.assign(diagnosed[layers.indexOf(layer)]!, gradients[i]));
  }
  const ofOutputs =
    broken.length > 0 || data === undefined ? [] : await onTrainingData(model, data, likelihoods);
  const reports =
    broken.length > 0 || held === undefined ? [] : await onValidationData(model, held, likelihoods);
  const findings = [
    ...broken,
    ...unreadScaleFindings(model),
    ...ofOutputs,
    ...findingsOf(diagnosed),
    ...reports.flatMap(validationFindings),
  ];
  return {
    layers: diagnosed,
    findings,
    validation: reports,
    toString: () => diagnosisText(diagnosed, findings, reports),
  };
}

interface Batch extends Pairs {
  losses: readonly Loss[];
}

/** A loss that somebody gives may tell none. */
function tellingLikelihoods(model: tf.LayersModel, given: GivenLikelihood | undefined): Likelihoods {
  if (given === undefined) return compiledLikelihoods(model);
  const all = ([given] as LikelihoodLike[]).flat();
  return all.map((one) => (typeof one === 'function' ? likelihoodOf(one) : asLikelihood(WHO, one)));
}

function checkedValidation(model: tf.LayersModel, validation: unknown, likelihoods: Likelihoods): Pairs {
  checkKeys(`${WHO}: validation`, validation, ['x', 'y']);
  const { x, y } = validation as Record<'x' | 'y', Data>;
  if (likelihoods.every((one) => one === undefined))
    refuse(
      WHO,
      'validation needs a loss that tells its likelihood',
      'none',
      'e.g. likelihood: gaussianNLL({stddev: 0.1})',
    );
  return pairs(model, 'validation.', x, y);
}

function checkedData(model: tf.LayersModel, x: Data, y: Data, losses?: readonly Loss[]): Batch {
  if (losses === undefined) compiledOptimizer(WHO, model, 'for its loss');
  return { ...pairs(model, '', x, y), losses: losses ?? compiledLosses(model) };
}

function pairs(model: tf.LayersModel, prefix: string, x: Data, y: Data): Pairs {
  const xs = inOrder(WHO, `${prefix}x`, x, inputNames(model));
  const ys = inOrder(WHO, `${prefix}y`, y, outputNames(model));
  const both = `${prefix}x and ${prefix}y`;
  if (rowsOf(WHO, both, [...xs, ...ys]) === 0) refuse(WHO, `${both} must have rows`, 'none');
  return { xs, ys };
}

const unreadScaleFindings = (model: tf.LayersModel): Finding[] =>
  unreadScales(model).map(({ layer, ...words }) => ({
    fault: 'unreadScale',
    layers: [layer.name],
    ...words,
    meaning: `the loss ${words.meaning}`,
  }));

/** A function that draws anew at each call. */
const drawnLoss =
  (model: tf.LayersModel, { xs, ys, losses }: Batch): (() => tf.Scalar) =>
  () =>
    lossOn(model, asColumns(xs), asColumns(ys), losses);

/** Comes first, since it is the cause of whatever else is found. */
async function notFiniteFinding(model: tf.LayersModel, data: Batch | undefined): Promise<Finding[]> {
  const columns = data && tf.tidy(() => ({ xs: asColumns(data.xs), ys: asColumns(data.ys) }));
  try {
    const isFine = data === undefined || (await isFiniteLoss(model, data));
    const sources = isFine
      ? await weightsAndInputsNotFinite(model, columns?.xs)
      : await notFiniteSources(model, columns?.xs, columns?.ys);
    const ofLoss = !isFine && sources.length === 0;
    if (sources.length === 0 && !ofLoss) return [];
    return [
      {
        fault: 'notFinite',
        layers: ofLoss ? outputNames(model) : [...new Set(sources.map(({ layer }) => layer))],
        meaning:
          (ofLoss ? 'the loss' : inWords(sources)) +
          ' is not finite (NaN, infinite, or a scale of 0): a training step would make all weights NaN.',
        remedy:
          'Check the data for missing values, and the learning rate; rebuild the model or restore its weights, and train with stopOnNaN().',
      },
    ];
  } finally {
    // Those that were made for it alone.
    tf.dispose([columns?.xs.filter((t) => !data!.xs.includes(t)), columns?.ys.filter((t) => !data!.ys.includes(t))]); // prettier-ignore
  }
}

async function isFiniteLoss(model: tf.LayersModel, data: Batch): Promise<boolean> {
  const loss = tf.tidy(drawnLoss(model, data));
  const [value] = await loss.data();
  loss.dispose();
  return Number.isFinite(value);
}
