/**
 * Which layer first makes a number that is not finite: looked for when one was found at the end, so that it costs nothing
 * where all is well.
 */
import * as tf from '@tensorflow/tfjs';
import { isOnGPU, refuse } from '../check';
import { innerLayers, isBayesian } from '../layers/bayesian';
import { walk, type Visit } from '../layers/walk';
import { applied, type Value } from './foldedValue';
import { inputRows } from './inputs';

type Layer = tf.layers.Layer;

/** Where a number that is not finite comes from. */
export interface Source {
  /** The name of the layer. */
  layer: string;
  /** What of it: `output`, or the name of a weight. */
  quantity: string;
}

/** Is every number finite? Of a GPU one answer is downloaded. */
export async function areFinite(tensors: tf.Tensor[]): Promise<boolean> {
  if (tensors.length === 0) return true;
  if (!isOnGPU()) return tensors.every((t) => allNumbersFinite(t.dataSync()));
  return (await eachFinite(tensors)).every(Boolean);
}

/** @throws naming where the numbers come from: from `source`, or what is found of it for these inputs. */
export async function refuseNotFinite(
  who: string,
  model: tf.LayersModel,
  xs: tf.Tensor[],
  source?: Source,
): Promise<never> {
  const found = source ?? (await sourceOf(model, xs));
  return refuse(
    who,
    'the outputs of the model must be finite, and so must their squares',
    found === undefined
      ? 'some that are not, in some draws only'
      : `some that are not, which come from the ${found.quantity} of ${found.layer}`,
    'diagnose(model, {x, y}) looks at all layers',
  );
}

/** A weight that is not finite, or the first output of a layer on these inputs. */
export async function sourceOf(model: tf.LayersModel, xs: tf.Tensor[]): Promise<Source | undefined> {
  const [weights] = await weightsNotFinite(model);
  if (weights !== undefined || xs.length === 0) return weights;
  const cast = inputRows(model, xs, 0, xs[0]!.shape[0]);
  try {
    const values = cast.map((tensor): Value => ({ tensor, mask: undefined, folded: false }));
    return await firstNotFinite(model, values, applied, ({ tensor }) => [tensor]);
  } finally {
    tf.dispose(cast);
  }
}

/** The first layer whose outputs are not finite, in the order in which they are computed. */
export async function firstNotFinite<V>(
  model: tf.LayersModel,
  inputs: V[],
  through: (layer: Layer, inputs: V[]) => V[],
  numbersOf: (value: V) => tf.Tensor[],
): Promise<Source | undefined> {
  const layers: string[] = [];
  const flags = tf.tidy(() => {
    const seen: tf.Tensor[] = [];
    const visit: Visit<V> = (layer, into) => {
      const out = through(layer, into);
      layers.push(layer.name);
      seen.push(tf.all(tf.stack(out.flatMap(numbersOf).map(allFinite))));
      return out;
    };
    walk(model, inputs, visit);
    return seen;
  });
  const first = await firstFalse(flags);
  return first === undefined ? undefined : { layer: layers[first]!, quantity: 'output' };
}

/** Every weight that is not finite, and every scale of a posterior that is 0 or infinite in float32. */
export async function weightsNotFinite(model: tf.LayersModel): Promise<Source[]> {
  const sources: Source[] = [];
  const flags = tf.tidy(() =>
    leaves(model).flatMap((layer) => {
      const own = layer.weights.map((weight) => {
        sources.push({ layer: layer.name, quantity: weight.originalName.split('/').at(-1)! });
        return allFinite(weight.read());
      });
      if (!isBayesian(layer)) return own;
      const stddevs = layer.gaussians().map((tensor) => {
        sources.push({ layer: layer.name, quantity: tensor.labels.stddev });
        const { stddev } = tensor.posterior();
        return tf.logicalAnd(allFinite(stddev), tf.all(tf.greater(stddev, 0)));
      });
      return [...own, ...stddevs];
    }),
  );
  const fine = await values(flags);
  return sources.filter((_, i) => !fine[i]);
}

/** The layers of which a model consists, wrapped and nested ones laid open, each once. */
function leaves(layer: Layer): Layer[] {
  const inner = innerLayers(layer);
  // A Bayesian layer speaks for what it consists of.
  return inner.length === 0 || isBayesian(layer) ? [layer] : [...new Set(inner.flatMap(leaves))];
}

/** 0 times a number is 0 but for those that are not finite: no branch for each of them. */
function allNumbersFinite(numbers: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += 0 * numbers[i]!;
  return sum === 0;
}

const allFinite = (t: tf.Tensor): tf.Tensor =>
  t.dtype === 'float32' ? tf.all(tf.isFinite(t)) : tf.scalar(true, 'bool');

const eachFinite = (tensors: tf.Tensor[]): Promise<boolean[]> =>
  values(tf.tidy(() => tensors.map(allFinite)));

async function firstFalse(flags: tf.Tensor[]): Promise<number | undefined> {
  const at = (await values(flags)).indexOf(false);
  return at < 0 ? undefined : at;
}

/** Of scalars that are disposed of. */
async function values(flags: tf.Tensor[]): Promise<boolean[]> {
  if (flags.length === 0) return [];
  const all = tf.tidy(() => tf.stack(flags.map((flag) => tf.cast(flag, 'int32'))));
  tf.dispose(flags);
  const numbers = await all.data();
  all.dispose();
  return Array.from(numbers, (v) => v === 1);
}
