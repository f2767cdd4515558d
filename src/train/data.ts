/** Inputs and targets in the forms that `fit` takes, and the compiled loss on them. */
import * as tf from '@tensorflow/tfjs';
import { checkTensorsAlive, isTensor, refuse, shown } from '../check';

/** A tensor, an array of them, or tensors by the names of the inputs or outputs. */
export type Data = tf.Tensor | tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;

/** Tensors in the order of these names, in an array of our own. @throws if they are not as many living tensors. */
export function inOrder(who: string, key: string, given: unknown, names: string[]): tf.Tensor[] {
  const byName = (given ?? {}) as Record<string, unknown>;
  const all = isTensor(given)
    ? [given]
    : Array.isArray(given)
      ? [...(given as unknown[])]
      : names.map((name) => byName[name]);
  if (all.length !== names.length || !all.every(isTensor))
    refuse(who, `${key} must be ${names.length} tensor(s), or named ${names.join(', ')}`, shown(given));
  checkTensorsAlive(who, key, all);
  return all;
}

/**
 * The compiled loss on a batch, without the KL: draws anew at each call. A model casts its inputs by itself;
 * targets may have any shape that the loss takes, as in `fitDataset`. The caller tidies.
 */
export function compiledLoss(model: tf.LayersModel, xs: tf.Tensor[], ys: tf.Tensor[]): tf.Scalar {
  // A Sequential keeps what it was compiled with in a model inside of it.
  const inner = (model as { model?: tf.LayersModel }).model ?? model;
  // Not in training mode: dropout would be noise of another kind, and the KL is added by itself.
  const outputs = [inner.apply(xs.length === 1 ? xs[0]! : xs, {}) as tf.Tensor | tf.Tensor[]].flat();
  return tf.reshape(
    tf.addN(outputs.map((output, i) => tf.mean(inner.lossFunctions[i]!(ys[i]!, output)))),
    [],
  );
}

/** Columns of numbers as `fit` takes them: [B] is [B, 1]. The caller tidies. */
export const asColumns = (tensors: tf.Tensor[]): tf.Tensor[] =>
  tensors.map((t) => (t.rank === 1 ? tf.expandDims(t, 1) : t));
