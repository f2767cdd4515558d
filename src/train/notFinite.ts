/** What is not finite in a training: weights, inputs, targets, outputs; in words. */
import type * as tf from '@tensorflow/tfjs';
import { areFinite, sourceOf, weightsNotFinite, type Source } from '../predict/notFinite';

/**
 * All weights, inputs and targets that are not finite; if there are none, the first layer whose outputs are not.
 *
 * @param xs as the model's inputs take them; empty if they are not known.
 */
export async function notFiniteSources(
  model: tf.LayersModel,
  xs: tf.Tensor[] = [],
  ys: tf.Tensor[] = [],
): Promise<Source[]> {
  const found = await weightsNotFinite(model);
  const look = async (tensors: tf.Tensor[], names: string[], quantity: string): Promise<void> => {
    for (const [i, t] of tensors.entries())
      if (!(await areFinite([t]))) found.push({ layer: names[i]!, quantity });
  };
  await look(xs, model.inputNames, 'input');
  await look(ys, model.outputNames, 'targets');
  if (found.length > 0) return found;
  const first = await sourceOf(model, xs);
  return first === undefined ? [] : [first];
}

/** "the A_mean of hidden_1, the targets of hidden_2" */
export const inWords = (sources: Source[]): string =>
  sources.map(({ layer, quantity }) => `the ${quantity} of ${layer}`).join(', ');
