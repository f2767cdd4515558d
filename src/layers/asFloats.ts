/** Numbers as a caller has them, tensors or nested arrays, as a tensor of float32. */
import * as tf from '@tensorflow/tfjs';
import { checkTensor, refuse, shown, shownShape } from '../check';
import { isArrayLike } from './arrays';
import { regular } from './plainArrays';

/** A tensor of any kind of numbers, or arrays of them, plain or typed, of any precision. The caller tidies. */
export function asFloats(who: string, name: string, given: unknown, shape: readonly number[]): tf.Tensor {
  if (!isArrayLike(given)) {
    checkTensor(who, name, given);
    if (!['float32', 'int32', 'bool'].includes(given.dtype))
      refuse(who, `${name} must hold real numbers`, shown(given));
    return tf.cast(given, 'float32');
  }
  const arrays = regular(given);
  const tensor = arrays === undefined ? undefined : tf.tensor(arrays, undefined, 'float32');
  if (tensor?.rank !== shape.length)
    return refuse(
      who,
      `${name} must have the shape ${shownShape(shape)} of the weights, as a tensor or as ${shape.length === 2 ? 'rows' : 'nested arrays'} of numbers`,
      shown(given),
    );
  return tensor;
}
