/**
 * Argument checks: the one place where a refusal is phrased.
 *
 * Every message says who refuses, by which rule, what was given, and what to do:
 *
 *     HiddenLayer: A_scale must have the shape of A_mean [784, 400], got [400, 784]; transpose it?
 */
import * as tf from '@tensorflow/tfjs';
import { answerTo } from './refusal/optionNames';
import { isSymbolic, isTensor, shown, shownShape } from './refusal/shown';

export { isTensor, shown, shownShape };

/** Is it a tensor whose numbers can be read? `shown` says of one that was disposed of that it is. */
export function isLive(value: unknown): value is tf.Tensor {
  return isTensor(value) && typeof value.dataSync === 'function' && !value.isDisposed;
}

/** Throws the message that every refusal of this package has. */
export function refuse(who: string, rule: string, got: string, remedy?: string): never {
  throw new Error(`${who}: ${rule}, got ${got}` + (remedy === undefined ? '.' : `; ${remedy}`));
}

/** @throws if one of the tensors was disposed of: they can no longer be read. */
export function checkTensorsAlive(who: string, name: string, tensors: readonly tf.Tensor[]): void {
  for (const { isDisposed, shape } of tensors)
    if (isDisposed)
      refuse(
        who,
        `${name} must not be disposed of`,
        `a tensor of shape ${shownShape(shape)} that was disposed of`,
        'was it made in a tf.tidy that has ended?',
      );
}

export function checkModel(who: string, model: unknown): asserts model is tf.LayersModel {
  const given = model as Partial<tf.LayersModel & Promise<unknown>> | null | undefined;
  if (!isListOfObjects(given?.layers) || !isListOfObjects(given?.outputs))
    refuse(who, 'model must be a tf.LayersModel', shown(model), wayToAModel(given));
  checkModelAlive(who, model as tf.LayersModel);
}

const isListOfObjects = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'object' && entry !== null);

function wayToAModel(
  given: Partial<tf.LayersModel & Promise<unknown>> | null | undefined,
): string | undefined {
  if (typeof given?.then === 'function') return 'await it';
  const isLayer = typeof given?.getClassName === 'function' && 'inboundNodes' in given;
  return isLayer ? 'put a layer into tf.sequential({layers: […]})' : undefined;
}

/**
 * Its weights go with a model, or with a layer that two models share. Whoever awaits something asks again afterwards.
 *
 * @throws if a layer of it was disposed of.
 */
export function checkModelAlive(who: string, model: tf.LayersModel): void {
  const gone = model.layers
    .filter(({ weights }: Partial<tf.layers.Layer>) => weights?.some(isGone))
    .map(({ name }) => name);
  if (gone.length > 0)
    refuse(
      who,
      'the weights of the model must not be disposed of',
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

/**
 * An options object with a key that nobody reads is a typing mistake that would go unnoticed, or the name that another
 * library has for the option.
 */
export function checkKeys(who: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isTensor(options))
    refuse(who, `options must be an object with keys among ${known.join(', ')}`, shown(options));
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  const answers = unknown.slice(0, 6).map((key) => answerTo(key, known));
  const given = answers.filter((answer) => answer !== undefined);
  // A long list would hide the answer.
  const rule =
    known.length > 6 && given.length === answers.length
      ? 'every option must be a known one'
      : `options must be among ${known.join(', ')}`;
  const names = unknown.slice(0, 6).map((key) => key.slice(0, 50));
  if (unknown.length > 6) names.push(`… ${unknown.length} in all`);
  refuse(who, rule, names.join(', '), given.length > 0 ? given.join('; ') : 'is it a typo?');
}

/**
 * @throws if it is no tensor with numbers in it: a symbolic one comes where `call` is called in the place of `apply`, or
 * by `apply` where the model is made by another copy of TensorFlow.js.
 */
export function checkTensor(who: string, name: string, value: unknown): asserts value is tf.Tensor {
  if (isSymbolic(value))
    refuse(
      who,
      `${name} must be a tensor`,
      shown(value),
      value instanceof tf.SymbolicTensor
        ? 'layer.apply(…) takes a symbolic one'
        : 'npm ls @tensorflow/tfjs-core shows the copies: the model and tfjs-bnn must import the same one',
    );
  if (!isTensor(value)) refuse(who, `${name} must be a tensor`, shown(value), 'wrap it: tf.tensor2d(…)');
  if (value.isDisposed) refuse(who, `${name} must not be disposed of`, shown(value));
}

export function checkFloat32(who: string, name: string, value: unknown): asserts value is tf.Tensor {
  checkTensor(who, name, value);
  if (value.dtype !== 'float32')
    refuse(who, `${name} must be of dtype float32`, value.dtype, `cast it: ${name}.toFloat()`);
}

export function sameShape(a: ReadonlyArray<number | null>, b: ReadonlyArray<number | null>): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** @throws if a tensor of the shape `from` does not broadcast to that of `whose`. */
export function checkBroadcasts(
  who: string,
  name: string,
  from: readonly number[],
  whose: string,
  shape: readonly number[],
  remedy?: string,
): void {
  const before = shape.length - from.length;
  if (before < 0 || from.some((n, i) => n !== 1 && n !== shape[before + i]))
    refuse(
      who,
      `${name} must broadcast to the shape of ${whose} ${shownShape(shape)}`,
      shownShape(from),
      remedy,
    );
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

export const SCALE_RULE = 'must be finite and above 0 everywhere, from 1e-18 to 1e18';

/** Is it a stddev whose square float32 can hold? */
export const isScale = (v: unknown): v is number =>
  // The bounds are meant as float32 has them.
  typeof v === 'number' && Math.fround(v) >= Math.fround(1e-18) && Math.fround(v) <= Math.fround(1e18);

export function checkScale(who: string, name: string, value: unknown): asserts value is number {
  if (!isScale(value))
    refuse(who, `${name} must be a finite number above 0, from 1e-18 to 1e18`, shown(value));
}

/** Stddevs that may be squared. */
export function checkScales(who: string, name: string, value: tf.Tensor): void {
  checkEvery(who, name, value, SCALE_RULE, isScale);
}

/** Is it disposed of? */
export function isGone(variable: tf.LayerVariable): boolean {
  try {
    variable.read();
    return false;
  } catch {
    return true;
  }
}

/** One of several words. */
export function checkWord<Word extends string>(
  who: string,
  name: string,
  value: unknown,
  words: readonly Word[],
): asserts value is Word {
  if (!words.includes(value as Word))
    refuse(who, `${name} must be one of ${words.map(shown).join(', ')}`, shown(value));
}
