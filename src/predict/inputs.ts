/** Checks what a caller gives a model to predict from, down to its values: a NaN would spoil a mean without a word. */
import * as tf from '@tensorflow/tfjs';
import { fitsShape, isOnGPU, isTensor, refuse, shown, shownShape } from '../check';

/** A tensor, or an array of them for a model with several inputs; rows first, as many in each. */
export type Inputs = tf.Tensor | tf.Tensor[];

/** @throws if x does not fit the model, has no rows or holds a NaN. */
export async function checkedInputs(who: string, model: tf.LayersModel, x: Inputs): Promise<tf.Tensor[]> {
  const xs = checkedShapes(who, model, x);
  if (await someNaN(xs)) refuse(who, 'x must hold numbers', 'a NaN', 'fill in or leave out missing values');
  return xs;
}

/** @throws if x does not fit the model or has no rows. */
export function checkedShapes(who: string, model: tf.LayersModel, x: Inputs): tf.Tensor[] {
  const xs = Array.isArray(x) ? x : [x];
  if (xs.length !== model.inputs.length || !xs.every(isTensor))
    refuse(who, `x must be ${model.inputs.length} tensor(s)`, shown(x));
  for (const [i, input] of model.inputs.entries()) {
    const { shape } = xs[i]!;
    if (!fitsShape(shape, input.shape))
      refuse(who, `x must have the shape ${shownShape(input.shape)}`, shownShape(shape));
    if (shape[0] !== xs[0]!.shape[0] || shape[0] === 0)
      refuse(who, 'x must have rows, as many in every input', shownShape(shape));
  }
  return xs;
}

/** Where the values are at hand they are looked through; of a GPU one answer is downloaded. */
async function someNaN(xs: tf.Tensor[]): Promise<boolean> {
  if (!isOnGPU()) return xs.some((x) => x.dataSync().includes(NaN));
  const found = tf.tidy(() => tf.stack(xs.map((x) => tf.any(tf.isNaN(x.toFloat())))).any());
  const [bad] = await found.data();
  found.dispose();
  return bad === 1;
}
