/** What is not finite in a training: weights, inputs, targets, outputs; in words. */
import type * as tf from '@tensorflow/tfjs';
import { inputNames, outputNames } from './data';
import { areFinite, sourceOf, weightsNotFinite, type Source } from '../predict/notFinite';

/** All weights and inputs that are not finite; `xs` is empty where the inputs are not known. */
export async function weightsAndInputsNotFinite(
  model: tf.LayersModel,
  xs: tf.Tensor[] = [],
): Promise<Source[]> {
  return [...(await weightsNotFinite(model)), ...(await among(xs, inputNames(model), 'input'))];
}

/**
 * Where a loss that is not finite comes from: weights and inputs; else the first layer whose outputs are not; else targets,
 * which may hold a NaN where the loss does not look.
 */
export async function notFiniteSources(
  model: tf.LayersModel,
  xs: tf.Tensor[] = [],
  ys: tf.Tensor[] = [],
): Promise<Source[]> {
  const found = await weightsAndInputsNotFinite(model, xs);
  if (found.length > 0) return found;
  const first = await sourceOf(model, xs);
  return first === undefined ? among(ys, outputNames(model), 'targets') : [first];
}

async function among(tensors: tf.Tensor[], names: string[], quantity: string): Promise<Source[]> {
  const found: Source[] = [];
  for (const [i, t] of tensors.entries())
    if (!(await areFinite([t]))) found.push({ layer: names[i]!, quantity });
  return found;
}

/** "the A_mean of hidden_1, the targets of hidden_2" */
export const inWords = (sources: Source[]): string =>
  sources.map(({ layer, quantity }) => `the ${quantity} of ${layer}`).join(', ');
