/** The prior's stddev as a caller gives it to a layer: a number, or nested arrays that broadcast to [D, H]. */
import { isScale, isTensor, refuse, shown } from '../check';
import { isArrayLike } from './arrays';
import { frozen } from './copied';

/** A number, or nested arrays (plain or typed) of the shape [H], [1, H], [D, 1] or [D, H]. */
export type PriorScale = number | ReadonlyArray<number | ArrayLike<number>> | Float32Array | Float64Array;

/** Plain JSON: what a layer keeps, computes with and saves. */
export type PlainPriorScale = number | number[] | number[][];

/** Copies the arrays into plain ones, for good; every number finite and from 1e-18 to 1e18, rows of equal length. */
export function plainPriorScale(who: string, value: unknown): PlainPriorScale {
  const rule = 'A_prior_scale must be a number, or nested arrays of at most two levels';
  if (isTensor(value)) refuse(who, rule, shown(value), 'give its values: await tensor.array()');
  if (isScale(value)) return value;
  if (!isArrayLike(value)) return refuse(who, `A_prior_scale ${RANGE}`, shown(value));
  const rows = Array.from(value);
  if (rows.length > 0 && rows.every(isScale)) return frozen(rows);
  if (rows.length > 0 && rows.every(isArrayLike)) {
    const matrix = rows.map((row) => Array.from(row));
    const length = matrix[0]!.length;
    if (length > 0 && matrix.every((row) => row.length === length && row.every(isScale)))
      return frozen(matrix) as number[][];
  }
  return refuse(
    who,
    `${rule} of equally long rows, finite and above 0 everywhere, from 1e-18 to 1e18`,
    shown(value),
  );
}

const RANGE = 'must be finite and above 0, from 1e-18 to 1e18';
