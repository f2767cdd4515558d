/** A number where reading one stalls nobody: another callback may throw, and nobody is told that training is over. */
import * as tf from '@tensorflow/tfjs';
import { isOnGPU } from '../check';

export type Settled = tf.Scalar | number;

/** The scalar's number, without it; on a GPU the scalar. */
export function settled(scalar: Settled): Settled {
  if (typeof scalar === 'number' || isOnGPU()) return scalar;
  const value = numberNow(scalar);
  scalar.dispose();
  return value;
}

/** The same of somebody else's scalar, which stays his. */
export const seen = (scalar: Settled): Settled =>
  typeof scalar === 'number' || isOnGPU() ? scalar : numberNow(scalar);

/** Σ weight · term: a number where all terms are. */
export function weightedSum(terms: readonly Settled[], weight: (i: number) => number): Settled {
  if (terms.every((term) => typeof term === 'number'))
    return terms.reduce((sum, term, i) => sum + weight(i) * term, 0);
  return tf.tidy(() => tf.reshape(tf.addN(terms.map((term, i) => tf.mul(term, weight(i)))), []));
}

export const number = async (value: Settled): Promise<number> =>
  typeof value === 'number' ? value : (await value.data())[0]!;

/** One number, which stalls where it is on a GPU. */
export const numberNow = (scalar: tf.Scalar): number => scalar.dataSync()[0]!;
