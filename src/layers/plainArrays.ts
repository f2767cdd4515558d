/** Nested arrays of numbers, plain or typed, as plain JSON of our own. */
import { isTensor, refuse, shown } from '../check';
import { isArrayLike } from './arrays';
import { frozen } from './copied';

export type NestedArrays = ReadonlyArray<number | NestedArrays> | Float32Array | Float64Array;
export type PlainArrays = Array<number | PlainArrays>;

/** @throws if a number breaks the rule, or rows are not equally long. */
export function plainArrays(
  who: string,
  name: string,
  given: unknown,
  obeys: (v: number) => boolean = Number.isFinite,
  range = 'finite',
): PlainArrays {
  const rule = `${name} must be a number, or nested arrays of numbers, ${range}, equally long`;
  if (isTensor(given)) refuse(who, rule, shown(given), 'give its values: await tensor.array()');
  const plain = regular(given, obeys);
  if (plain === undefined || typeof plain === 'number') return refuse(who, rule, shown(given));
  return frozen(plain);
}

/** Deeper than any kernel: what holds itself is refused. */
const DEPTH = 6;

/** A number that obeys, or a copy of nested arrays of such that are equally long; nothing where it is neither. */
export function regular(
  value: unknown,
  obeys: (v: number) => boolean = () => true,
  depth = 0,
): number | PlainArrays | undefined {
  if (typeof value === 'number') return obeys(value) ? value : undefined;
  if (!isArrayLike(value) || value.length === 0 || depth === DEPTH) return undefined;
  const parts = Array.from(value, (part) => regular(part, obeys, depth + 1));
  const isRegular = parts.every((part) => part !== undefined && sizeOf(part) === sizeOf(parts[0]!));
  return isRegular ? (parts as PlainArrays) : undefined;
}

const sizeOf = (value: number | PlainArrays): string =>
  typeof value === 'number' ? '' : `${value.length},${sizeOf(value[0]!)}`;
