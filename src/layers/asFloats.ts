/** Numbers as a caller has them, tensors or nested arrays, as a tensor of float32. */
import * as tf from '@tensorflow/tfjs';
import { checkTensor, refuse, shown, shownShape } from '../check';
import { isArrayLike } from './arrays';

/** A tensor of any kind of numbers, or arrays of them, plain or typed, of any precision. The caller tidies. */
export function asFloats(who: string, name: string, given: unknown, shape: readonly number[]): tf.Tensor {
  if (!isArrayLike(given)) {
    checkTensor(who, name, given);
    if (!['float32', 'int32', 'bool'].includes(given.dtype))
      refuse(who, `${name} must hold real numbers`, shown(given));
    return tf.cast(given, 'float32');
  }
  const arrays = plain(given, shape.length);
  if (arrays === undefined)
    return refuse(
      who,
      `${name} must have the shape ${shownShape(shape)} of the weights, as a tensor or as ${shape.length === 2 ? 'rows' : 'nested arrays'} of numbers`,
      shown(given),
    );
  return tf.tensor(arrays, undefined, 'float32');
}

/** Plain nested arrays of `rank` levels, of equal lengths; nothing where they are none. */
function plain(value: unknown, rank: number): tf.TensorLike | undefined {
  if (rank === 0) return typeof value === 'number' ? value : undefined;
  if (!isArrayLike(value) || value.length === 0) return undefined;
  const parts = Array.from(value, (part) => plain(part, rank - 1));
  const lengths = new Set(parts.map((part) => JSON.stringify(shapeOf(part))));
  return parts.includes(undefined) || lengths.size > 1 ? undefined : (parts as tf.TensorLike);
}

const shapeOf = (value: unknown): number[] =>
  Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
