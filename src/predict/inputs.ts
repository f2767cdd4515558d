/** Checks what a caller gives a model to predict from, down to its values: a NaN would spoil a mean without a word. */
import * as tf from '@tensorflow/tfjs';
import { checkTensorsAlive, fitsShape, isOnGPU, isTensor, refuse, shown, shownShape } from '../check';

/** A tensor, or an array of them for a model with several inputs; rows first, as many in each. */
export type Inputs = tf.Tensor | tf.Tensor[];

/** The square of this is beyond float32, and a variance is made of squares. */
const TOO_LARGE = 2 ** 64;

/**
 * The inputs in an array of our own, as they are: `inputRows` casts them.
 *
 * @throws if x does not fit the model, has no rows, or holds a NaN or a number whose square float32 does not hold.
 */
export async function checkedInputs(who: string, model: tf.LayersModel, x: Inputs): Promise<tf.Tensor[]> {
  const xs = checkedShapes(who, model, x);
  await checkNumbersOf(who, 'x', xs);
  return xs;
}

/** @throws if there is a NaN among the numbers, or one whose square float32 does not hold. */
export async function checkNumbersOf(who: string, name: string, tensors: tf.Tensor[]): Promise<void> {
  const wrong = await someWrong(tensors.filter(({ dtype }) => dtype === 'float32'));
  if (wrong === undefined) return;
  if (wrong === 'a NaN')
    refuse(who, `${name} must hold numbers`, wrong, 'fill in or leave out missing values');
  refuse(who, `${name} must hold numbers between −1.8e19 and 1.8e19, whose squares are in float32`, wrong);
}

/** @throws if x does not fit the model or has no rows. */
export function checkedShapes(who: string, model: tf.LayersModel, x: Inputs): tf.Tensor[] {
  const xs = Array.isArray(x) ? [...x] : [x];
  if (xs.length !== model.inputs.length || !xs.every((t) => isTensor(t) && typeof t.dataSync === 'function'))
    refuse(who, `x must be ${inWords(model.inputs.length)}`, shown(x), 'wrap numbers: tf.tensor2d(…)');
  checkTensorsAlive(who, 'x', xs);
  for (const [i, input] of model.inputs.entries()) {
    const { shape, dtype } = xs[i]!;
    if (!fitsShape(shape, input.shape))
      refuse(
        who,
        `x must have the shape ${shownShape(input.shape)}`,
        shownShape(shape),
        remedyForRows(shape, input.shape),
      );
    if (!['float32', 'int32', 'bool'].includes(dtype))
      refuse(who, 'x must be of dtype float32, int32 or bool', dtype);
    if (shape[0] !== xs[0]!.shape[0] || shape[0] === 0)
      refuse(who, 'x must have rows, the same number in every input', shownShape(shape));
  }
  return xs;
}

const inWords = (inputs: number): string =>
  inputs === 1 ? 'a tensor' : `an array of ${inputs} tensors, one for each input`;

function remedyForRows(shape: readonly number[], wanted: ReadonlyArray<number | null>): string | undefined {
  if (shape.length === 1 && fitsShape([1, 1], wanted))
    return 'make a row of each example: x.reshape([-1, 1])';
  return fitsShape(shape, wanted.slice(1)) ? 'make a row of the example: x.expandDims(0)' : undefined;
}

/** Some of the rows, of the dtypes that the model's inputs have, as `predict` casts them; fresh tensors. */
export const inputRows = (model: tf.LayersModel, xs: tf.Tensor[], start: number, rows: number): tf.Tensor[] =>
  tf.tidy(() => xs.map((x, i) => tf.cast(tf.slice(x, start, rows), model.inputs[i]!.dtype)));

/** Whoever changes his array later changes nothing that is running. */
export const ownArray = <T>(x: T): T => (Array.isArray(x) ? ([...(x as unknown[])] as T) : x);

/** Where the values are at hand they are looked through; of a GPU one answer is downloaded. */
async function someWrong(xs: tf.Tensor[]): Promise<string | undefined> {
  if (xs.length === 0) return undefined;
  if (!isOnGPU()) {
    for (const x of xs) {
      const wrong = (x.dataSync() as Float32Array).find((v) => !(Math.abs(v) < TOO_LARGE));
      if (wrong !== undefined) return Number.isNaN(wrong) ? 'a NaN' : `a value of ${wrong}`;
    }
    return undefined;
  }
  const found = tf.tidy(() => {
    const some = (test: (x: tf.Tensor) => tf.Tensor): tf.Tensor =>
      tf.any(tf.stack(xs.map((x) => tf.any(test(x)))));
    return tf.stack([some((x) => tf.isNaN(x)), some((x) => tf.greaterEqual(tf.abs(x), TOO_LARGE))]);
  });
  const [nan, large] = await found.data();
  found.dispose();
  return nan === 1 ? 'a NaN' : large === 1 ? 'a value beyond' : undefined;
}
