/** The prior's stddev as a caller gives it to a layer: a number, or nested arrays that broadcast to the weights. */
import { checkScale, isScale, isTensor } from '../check';
import { isArrayLike } from './arrays';
import { plainArrays, type PlainArrays } from './plainArrays';

/** A number, or nested arrays (plain or typed) of the shape [H], [1, H], [D, 1] or [D, H]. */
export type PriorScale = number | ReadonlyArray<number | ArrayLike<number>> | Float32Array | Float64Array;

/** Plain JSON: what a layer keeps, computes with and saves. */
export type PlainPriorScale = number | PlainArrays;

/** Copies the arrays into plain ones, for good; every number finite and from 1e-18 to 1e18, rows of equal length. */
export function plainPriorScale(who: string, name: string, value: unknown): PlainPriorScale {
  if (isTensor(value) || isArrayLike(value))
    return plainArrays(who, name, value, isScale, 'finite and above 0, from 1e-18 to 1e18');
  checkScale(who, name, value);
  return value;
}
