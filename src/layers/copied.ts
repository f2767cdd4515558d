/** Copies at the door: what a caller changes later in his arrays changes nothing here, and what he is handed neither. */

/** Arrays and plain objects copied at every depth; everything else, a tensor or a function, as it is. */
export function copied<T>(value: T): T {
  if (Array.isArray(value)) return (value as unknown[]).map(copied) as T;
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copied(part)])) as T;
}

/** Arrays in arrays, frozen: for what a layer shows of itself. */
export function frozen<T>(value: T): T {
  if (!Array.isArray(value) && !isPlain(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
