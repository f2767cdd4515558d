/**
 * Targets that can be compared with: float32 as TensorFlow.js makes it of int32 and bool, and finite.
 *
 * One NaN, a blank cell of a table, would make every weight NaN in one step. Looking for it is one pass over the targets of
 * a batch, which costs microseconds where reading is cheap (cpu, wasm, native).
 */
import * as tf from '@tensorflow/tfjs';
import { isOnGPU, refuse } from '../check';

/** As float32; a tensor that is float32 is itself, without a cast on the tape. */
export const asFloat = (t: tf.Tensor): tf.Tensor => (t.dtype === 'float32' ? t : tf.cast(t, 'float32'));

/** As float32, or itself where it cannot be cast to that: whoever takes it refuses it. */
export const asFloatIfReal = (t: tf.Tensor): tf.Tensor =>
  t.dtype === 'string' || t.dtype === 'complex64' ? t : asFloat(t);

/** The targets as float32. @throws if one is NaN or infinite; on a GPU nothing is read. */
export function finiteTargets(who: string, y: tf.Tensor): tf.Tensor {
  if (y.dtype === 'float32' && !isOnGPU()) checkFinite(who, 'yTrue', y.dataSync(), y.shape[0]);
  return asFloat(y);
}

/** Of numbers that have been read, `rows` times equally many. */
export function checkFinite(who: string, name: string, values: ArrayLike<number>, rows: number): void {
  if (areFinite(values)) return;
  const bad = Array.from(values).findIndex((v) => !Number.isFinite(v));
  const row = Math.floor(bad / (values.length / rows));
  refuse(who, `${name} must be finite`, `${values[bad]!} in row ${row}`, REMEDY);
}

/** A product with 0 is a NaN exactly for NaN and ±Infinity: no branch for each number. */
export function areFinite(values: ArrayLike<number>): boolean {
  let zeros = 0;
  for (let i = 0; i < values.length; i++) zeros += values[i]! * 0;
  return zeros === 0;
}

const REMEDY = 'a gap in the data? leave such rows out';
