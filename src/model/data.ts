/** Inputs and targets in the forms that `fit` takes, and the losses on them. */
import * as tf from '@tensorflow/tfjs';
import { checkTensorsAlive, fitsShape, isTensor, refuse, shown, shownShape } from '../check';
import { nllOf } from '../likelihoods/nllOf';
import { asLikelihood, isList, type LikelihoodLike } from '../predict/givenLikelihood';

/** A tensor, an array of them, or tensors by the names of the inputs or outputs. */
export type Data = tf.Tensor | tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;

/** Of a model that is not compiled too: a Sequential has no names of its own before. */
export const inputNames = (model: tf.LayersModel): string[] =>
  model.inputNames?.length > 0 ? model.inputNames : model.inputs.map(({ sourceLayer }) => sourceLayer.name);

export const outputNames = (model: tf.LayersModel): string[] =>
  model.outputNames?.length > 0
    ? model.outputNames
    : model.outputs.map(({ sourceLayer }) => sourceLayer.name);

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

/** @throws if the inputs have not the shapes that the model's have. */
export function checkInputShapes(
  who: string,
  key: string,
  model: tf.LayersModel,
  inputs: tf.Tensor[],
  remedyForExamples?: string,
): void {
  for (const [i, { shape }] of model.inputs.entries())
    if (!fitsShape(inputs[i]!.shape, shape))
      refuse(
        who,
        `${key} must have the shape ${shownShape(shape)}`,
        shownShape(inputs[i]!.shape),
        inputs[i]!.rank < shape.length ? remedyForExamples : undefined,
      );
}

/** How many rows there are, 0 too. @throws if not all tensors, which are those `of` something, have as many. */
export function rowsOf(who: string, of: string, tensors: tf.Tensor[]): number {
  const rows = tensors[0]!.shape[0] ?? 0;
  for (const { shape } of tensors)
    if (shape[0] !== rows) refuse(who, `all tensors of ${of} must have ${rows} rows`, shownShape(shape));
  return rows;
}

/** A loss of one output: a mean is taken of what it returns. */
export type Loss = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;

/** What every output of a model is compiled with. */
export const compiledLosses = (model: tf.LayersModel): readonly Loss[] => innerOf(model).lossFunctions;

/**
 * The losses of likelihoods as prediction takes them, one for each output; a function is the loss itself.
 *
 * @throws if they are neither, or not as many.
 */
export function lossesOf(who: string, model: tf.LayersModel, given: GivenLikelihood): readonly Loss[] {
  const all = isList<LikelihoodLike>(given) ? given : [given];
  if (all.length !== model.outputs.length)
    refuse(who, `likelihood must be an array of ${model.outputs.length}, one for each output`, shown(given));
  return all.map((one) => (typeof one === 'function' ? one : nllOf(asLikelihood(who, one))));
}

export type GivenLikelihood = LikelihoodLike | readonly LikelihoodLike[];

/**
 * The losses of all outputs on a batch, without the KL: draws anew at each call. A model casts its inputs by itself;
 * targets may have any shape that the losses take, as in `fitDataset`. The caller tidies.
 */
export function lossOn(
  model: tf.LayersModel,
  xs: tf.Tensor[],
  ys: tf.Tensor[],
  losses: readonly Loss[],
): tf.Scalar {
  // Not in training mode: dropout would be noise of another kind, and the KL is added by itself.
  const outputs = [innerOf(model).apply(xs.length === 1 ? xs[0]! : xs, {}) as tf.Tensor | tf.Tensor[]].flat();
  return tf.reshape(tf.addN(outputs.map((output, i) => tf.mean(losses[i]!(ys[i]!, output)))), []);
}

/** A Sequential keeps what it was compiled with in a model inside of it. */
const innerOf = (model: tf.LayersModel): tf.LayersModel =>
  (model as { model?: tf.LayersModel }).model ?? model;

/** Columns of numbers as `fit` takes them: [B] is [B, 1]. The caller tidies. */
export const asColumns = (tensors: tf.Tensor[]): tf.Tensor[] =>
  tensors.map((t) => (t.rank === 1 ? tf.expandDims(t, 1) : t));
