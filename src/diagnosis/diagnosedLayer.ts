/** The numbers of one layer, as they are diagnosed. */
import * as tf from '@tensorflow/tfjs';
import type { BayesianLayer } from '../layers/bayesian';
import type { LayerDiagnosis } from './findings';
import { posteriorStatistics } from './posteriorStatistics';

/** @param noise stddev of the noise, in that of the targets; 1 where it is not known */
export async function layerDiagnosis(
  layer: BayesianLayer,
  datasetSize: number | undefined,
  noise: number,
): Promise<LayerDiagnosis> {
  const [m, s, m0, p] = await numbersOf(layer);
  const { klFactor: KL_factor, klWeight } = layer;
  const N = datasetSize ?? (KL_factor > 0 && KL_factor < 1 ? 1 / KL_factor : 1);
  return {
    name: layer.name,
    className: layer.getClassName(),
    ...posteriorStatistics(m!, s!, p!, m0!, {
      unitsLast: unitsOf(layer),
      collapsedBelow: Math.min(COLLAPSED, (0.1 * noise) / Math.sqrt(N)),
    }),
    initialNoise: initialNoise(layer),
    KL_factor,
    klWeight,
    factorTimesN: datasetSize === undefined ? undefined : KL_factor * datasetSize,
  };
}

/** N data with that noise tell a weight to about noise/√N: a stddev far below it is none that they asked for. */
const COLLAPSED = 1e-3;

/** Layers whose first tensor has a column for each unit. */
const WITH_UNITS = /^(HiddenLayer|BayesianDense|BayesianConv[123]D)$/;

function unitsOf(layer: BayesianLayer): { weights: number; units: number } {
  const [{ shape } = { shape: [] }] = layer.gaussians();
  if (!WITH_UNITS.test(layer.getClassName()) || shape.length === 0) return { weights: 0, units: 0 };
  return { weights: tf.util.sizeFromShape(shape), units: shape.at(-1)! };
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
