/**
 * Argument checks: the one place where a refusal is phrased.
 *
 * Every message says who refuses, by which rule, what was given, and what to do:
 *
 *     HiddenLayer: A_scale must have the shape of A_mean [784, 400], got [400, 784]; transpose it?
 */
import * as tf from '@tensorflow/tfjs';

/** Arrays deeper than that are cut short: one may hold itself. */
const DEPTH = 4;

/** A short, readable form of anything a caller may hand over. */
export function shown(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (isTensor(value)) return `a ${value.dtype} tensor of shape ${shownShape(value.shape)}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) {
    if (depth === DEPTH) return '[…]';
    const inside = value.slice(0, 6).map((one) => shown(one, depth + 1));
    if (value.length > 6) inside.push(`… ${value.length} in all`);
    return `[${inside.join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) return `{${Object.keys(value).join(', ')}}`;
  return String(value);
}

/** `[784, 400]`, with `?` for an axis whose length is not known yet. */
export function shownShape(shape: ReadonlyArray<number | null>): string {
  return `[${shape.map((n) => n ?? '?').join(', ')}]`;
}

/** Throws the message that every refusal of this package has. */
export function refuse(who: string, rule: string, got: string, remedy?: string): never {
  throw new Error(`${who}: ${rule}, got ${got}` + (remedy === undefined ? '.' : `; ${remedy}`));
}

/** Is it a tensor, of whichever copy of TensorFlow.js? */
export function isTensor(value: unknown): value is tf.Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dataId' in value &&
    'dtype' in value &&
    Array.isArray((value as Partial<tf.Tensor>).shape)
  );
}

/** @throws if one of the tensors was disposed of: they can no longer be read. */
export function checkAlive(who: string, name: string, tensors: readonly tf.Tensor[]): void {
  for (const { isDisposed, shape } of tensors)
    if (isDisposed)
      refuse(
        who,
        `${name} must be alive`,
        `a tensor of shape ${shownShape(shape)} that was disposed of`,
        'was it made in a tf.tidy that has ended?',
      );
}

export function checkModel(who: string, model: unknown): asserts model is tf.LayersModel {
  const given = model as Partial<tf.LayersModel & Promise<unknown>> | null | undefined;
  if (Array.isArray(given?.layers) && Array.isArray(given.outputs)) {
    checkModelAlive(who, model as tf.LayersModel);
    return;
  }
  const isPromise = typeof given?.then === 'function';
  const kind = isPromise ? 'Promise' : given?.getClassName?.();
  const isLayer = !isPromise && kind !== undefined;
  const remedy = 'a layer or a wrapper makes a model by tf.sequential({layers: [it]})';
  refuse(
    who,
    'model must be a tf.LayersModel',
    kind === undefined ? shown(model) : `a ${kind}`,
    isPromise ? 'await it' : isLayer ? remedy : undefined,
  );
}

/** Its weights go with a model, or with a layer that two models share. */
function checkModelAlive(who: string, model: tf.LayersModel): void {
  const isGone = ({ weights }: Partial<tf.layers.Layer>): boolean =>
    (weights ?? []).some((weight) => (weight as unknown as { val: tf.Tensor }).val.isDisposed);
  const gone = model.layers.filter(isGone).map(({ name }) => name);
  if (gone.length > 0)
    refuse(
      who,
      'the weights of the model must be alive',
      `a model that was disposed of, or its layer ${gone[0]} was`,
      'build or load it again',
    );
}

export function checkPositiveInteger(who: string, name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    refuse(who, `${name} must be a whole number of at least 1`, shown(value));
}

export function checkPositive(who: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
    refuse(who, `${name} must be a finite number above 0`, shown(value));
}

export function checkNotNegative(who: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0) || !Number.isFinite(value))
    refuse(who, `${name} must be a finite number of at least 0`, shown(value));
}

export function checkBoolean(who: string, name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') refuse(who, `${name} must be true or false`, shown(value));
}

/** A seed is any whole number that a double holds exactly; 0 is a seed like every other. */
export function checkSeed(who: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value)) refuse(who, 'seed must be a whole number', shown(value));
}

/** An options object with a key that nobody reads is a typing mistake that would go unnoticed. */
export function checkKeys(who: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isTensor(options))
    refuse(who, `options must be an object with keys among ${known.join(', ')}`, shown(options));
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    refuse(who, `options must be among ${known.join(', ')}`, unknown.join(', '), 'is it a typing mistake?');
}

export function checkFloat32(who: string, name: string, value: tf.Tensor): void {
  if (value.dtype !== 'float32')
    refuse(who, `${name} must be of dtype float32`, value.dtype, `cast it: ${name}.toFloat()`);
}

export function sameShape(a: ReadonlyArray<number | null>, b: ReadonlyArray<number | null>): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** Is it a shape with null where any length will do? */
export function fitsShape(shape: readonly number[], expected: ReadonlyArray<number | null>): boolean {
  return shape.length === expected.length && expected.every((n, i) => n === null || n === shape[i]);
}

/** Would reading a tensor's values stall a GPU? */
export function isOnGPU(): boolean {
  return ['webgl', 'webgpu'].includes(tf.getBackend());
}

/**
 * Every number of a tensor obeys a rule. Reading is a synchronous download: it is done where it costs little (cpu, wasm,
 * native) and left out where it would stall a GPU.
 */
export function checkEvery(
  who: string,
  name: string,
  value: tf.Tensor,
  rule: string,
  obeys: (v: number) => boolean,
): void {
  if (!isOnGPU()) checkNumbers(who, name, value.dataSync(), rule, obeys);
}

/** The same of numbers that have been read. */
export function checkNumbers(
  who: string,
  name: string,
  numbers: Iterable<number>,
  rule: string,
  obeys: (v: number) => boolean,
): void {
  for (const v of numbers) if (!obeys(v)) refuse(who, `${name} ${rule}`, `a value of ${v}`);
}

export function checkAllPositive(who: string, name: string, value: tf.Tensor): void {
  checkEvery(who, name, value, 'must be finite and above 0 everywhere', (v) => v > 0 && v < Infinity);
}
