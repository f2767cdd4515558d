/**
 * Why does it not train? Numbers for each Bayesian layer, and in words what they usually mean and what to try.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, refuse, shown, shownShape } from '../check';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { findingsOf, type Finding, type LayerDiagnosis } from './findings';
import { gradientStatistics } from './gradientStatistics';
import { posteriorStatistics } from './posteriorStatistics';
import { compiledOptimizer } from './compiled';
import { asColumns, compiledLoss, inOrder, type Data } from './data';
import { inWords, notFiniteSources, weightsAndInputsNotFinite } from './notFinite';

export interface DiagnoseOptions {
  /** A batch of the training data, inputs as the model takes them. With y it shows how far the scales are from rest. */
  x?: Data;
  /** The targets of x, of any shape that the loss takes. */
  y?: Data;
  /** Number of training examples N: shows whether KL_factor is 1 / N. @defaultValue unknown; x may be a part of the data */
  datasetSize?: number;
  /** Draws over which the gradient on the batch is averaged, at least 2. @defaultValue 10 */
  draws?: number;
}

export interface Diagnosis {
  layers: LayerDiagnosis[];
  /** What was noticed, the most likely cause first; empty where nothing was. */
  findings: Finding[];
  /** A table of the layers and the findings in words. */
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
 * console.log(String(await diagnose(model, { x, y, datasetSize: 8000 })));
 */
export async function diagnose(model: tf.LayersModel, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  checkKeys(WHO, options, ['x', 'y', 'datasetSize', 'draws']);
  const { x, y, datasetSize, draws = 10 } = options;
  if (datasetSize !== undefined) checkPositiveInteger(WHO, 'datasetSize', datasetSize);
  checkPositiveInteger(WHO, 'draws', draws);
  if (draws < 2) refuse(WHO, 'the noise of a gradient needs at least 2 draws', shown(draws));
  if ((x === undefined) !== (y === undefined))
    refuse(WHO, 'x and y belong together', x === undefined ? 'y alone' : 'x alone');
  const layers = someBayesianLayers(WHO, model);
  const data = x === undefined || y === undefined ? undefined : checkedData(model, x, y);

  const broken = await notFiniteFinding(model, data);
  const diagnosed: LayerDiagnosis[] = [];
  for (const layer of layers) diagnosed.push(await layerDiagnosis(layer, datasetSize));
  if (data !== undefined) {
    const nll = lossOn(model, data);
    const trained = layers.filter(({ trainableWeights }) => trainableWeights.length > 0);
    const gradients = await gradientStatistics(trained, nll, draws);
    trained.forEach((layer, i) => Object.assign(diagnosed[layers.indexOf(layer)]!, gradients[i]));
  }
  const findings = [...broken, ...findingsOf(diagnosed)];
  return { layers: diagnosed, findings, toString: () => asText(diagnosed, findings) };
}

async function layerDiagnosis(
  layer: BayesianLayer,
  datasetSize: number | undefined,
): Promise<LayerDiagnosis> {
  const [m, s, m0, p] = await numbersOf(layer);
  const { klFactor: KL_factor, klWeight } = layer;
  return {
    name: layer.name,
    ...posteriorStatistics(m!, s!, p!, m0!),
    initialNoise: initialNoise(layer),
    KL_factor,
    klWeight,
    factorTimesN: datasetSize === undefined ? undefined : KL_factor * datasetSize,
  };
}

/** Means and stddevs of all weights of a layer, and those of their priors. */
async function numbersOf(layer: BayesianLayer): Promise<Float32Array[]> {
  const all = tf.tidy(() => {
    const parts = layer.gaussians().map((tensor) => [tensor.posterior(), tensor.priorTensors()] as const);
    const flat = (tensors: tf.Tensor[]): tf.Tensor => tf.concat(tensors.map((t) => tf.reshape(t, [-1])));
    return [
      flat(parts.map(([{ mean }]) => mean)),
      flat(parts.map(([{ stddev }]) => stddev)),
      flat(parts.map(([, { mean }]) => mean)),
      flat(parts.map(([, { stddev }]) => stddev)),
    ];
  });
  const numbers = (await Promise.all(all.map((t) => t.data()))) as Float32Array[];
  tf.dispose(all);
  return numbers;
}

/**
 * Stddev of a pre-activation's noise at the start, relative to its inputs' root mean square: the stddev of the weights times
 * √D, D inputs to each. Unknown where the stddevs came from an initializer other than a number.
 */
function initialNoise(layer: BayesianLayer): number | undefined {
  const [{ shape } = { shape: [1] }] = layer.gaussians();
  const D = tf.util.sizeFromShape(shape.slice(0, -1));
  const config = (layer.getConfig as () => Record<string, unknown>).call(layer);
  const initial = config.A_scale_initializer ?? config.initialStddev;
  if (initial === undefined) return 0.1;
  return typeof initial === 'number' ? initial * Math.sqrt(D) : undefined;
}

interface Batch {
  xs: tf.Tensor[];
  ys: tf.Tensor[];
}

function checkedData(model: tf.LayersModel, x: Data, y: Data): Batch {
  // First: a Sequential knows the names of its inputs from then on.
  compiledOptimizer(WHO, model, 'for its loss');
  const xs = inOrder(WHO, 'x', x, model.inputNames);
  const ys = inOrder(WHO, 'y', y, model.outputNames);
  const rows = xs[0]!.shape[0];
  for (const { shape } of [...xs, ...ys])
    if (shape[0] !== rows || rows === 0)
      refuse(WHO, 'x and y must have rows, as many in all of them', shownShape(shape));
  return { xs, ys };
}

/** A function that draws anew at each call. */
const lossOn =
  (model: tf.LayersModel, { xs, ys }: Batch): (() => tf.Scalar) =>
  () =>
    compiledLoss(model, asColumns(xs), asColumns(ys));

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
        layers: ofLoss ? model.outputNames : [...new Set(sources.map(({ layer }) => layer))],
        meaning:
          (ofLoss ? 'the loss' : inWords(sources)) +
          ' is not finite (NaN, infinite, or a scale of 0): a step on it makes all weights NaN.',
        remedy:
          'Look at missing values in the data and at the learning rate; build the model anew or restore its weights, and train with stopOnNaN().',
      },
    ];
  } finally {
    // Those that were made for it alone.
    tf.dispose([columns?.xs.filter((t) => !data!.xs.includes(t)), columns?.ys.filter((t) => !data!.ys.includes(t))]); // prettier-ignore
  }
}

async function isFiniteLoss(model: tf.LayersModel, data: Batch): Promise<boolean> {
  const loss = tf.tidy(lossOn(model, data));
  const [value] = await loss.data();
  loss.dispose();
  return Number.isFinite(value);
}

function asText(layers: LayerDiagnosis[], findings: Finding[]): string {
  const number = (v: number | undefined): string => (v === undefined ? '' : v.toPrecision(3));
  const rows = layers.map((layer) => [
    layer.name,
    String(layer.weights),
    number(layer.klPerWeight),
    [layer.signalToNoise.q05, layer.signalToNoise.q50, layer.signalToNoise.q95].map(number).join(' / '),
    `${(100 * layer.atPrior).toFixed(0)} %`,
    `${(100 * layer.collapsed).toFixed(0)} %`,
    number(layer.gradientNoise),
    number(layer.scaleSlope),
  ]);
  const heads = [
    'layer',
    'weights',
    'KL per weight',
    'signal/noise 5 / 50 / 95 %',
    'at prior',
    'collapsed',
    'gradient noise',
    'scale slope',
  ];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const table = [heads, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  const words = findings.map(
    ({ layers: names, meaning, remedy }) => `${names.join(', ')}: ${meaning} ${remedy}`,
  );
  return [...table, ...(words.length > 0 ? words : ['Nothing stands out.'])].join('\n');
}
