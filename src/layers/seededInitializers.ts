/** Lets a layer draw its initial weights from a seed that is not its own: it knows nothing of posteriors. */
import type * as tf from '@tensorflow/tfjs';
import { foldIn } from '../noise/noise';

/**
 * Runs f, in which the layer makes its weights, while each of its initializers that has no seed finds another one whenever it
 * asks; afterwards it has none again. Those of its cells and of the layers in it count as its own.
 */
export function withSeededInitializers<T>(layer: tf.layers.Layer, seed: number | undefined, f: () => T): T {
  const found = seed === undefined ? [] : unseeded(layer, new Set());
  let asked = 0;
  // Below 0 are numbers that the sequence of draws does not reach.
  const get = (): number => foldIn(seed!, --asked);
  const own = found.map((initializer) => Object.getOwnPropertyDescriptor(initializer, 'seed')!);
  found.forEach((initializer) => Object.defineProperty(initializer, 'seed', { get, configurable: true }));
  try {
    return f();
  } finally {
    found.forEach((initializer, i) => Object.defineProperty(initializer, 'seed', own[i]!));
  }
}

/** A random initializer of TensorFlow.js has its seed as a property, undefined where none was given. */
function unseeded(part: object, seen: Set<object>): object[] {
  if (seen.has(part)) return [];
  seen.add(part);
  if (Array.isArray(part)) return part.filter(isObject).flatMap((entry) => unseeded(entry, seen));
  const { apply, computeOutputShape } = part as { apply?: unknown; computeOutputShape?: unknown };
  if (typeof apply !== 'function') return [];
  if (typeof computeOutputShape === 'function')
    return Object.values(part)
      .filter(isObject)
      .flatMap((value) => unseeded(value, seen));
  return Object.hasOwn(part, 'seed') && (part as { seed?: unknown }).seed == null ? [part] : [];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
