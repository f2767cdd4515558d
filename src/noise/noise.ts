/**
 * Where ε comes from: standard normal numbers as a function of a shape and a seed, and sequences of seeds.
 *
 * The mathematics takes its noise as an argument; this room is the only one that makes any. A draw is named by its
 * seed alone (as JAX's keys do), so it can be made again: nothing has to be kept to repeat it.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { finalise, type Keys } from '../kernels/normals';

/** A fresh seed for every draw. */
export type Seeds = () => number;

/**
 * Standard normal numbers, float32: those of `kernels/normals.ts`, the same on every backend to float rounding; where
 * the kernels are turned off those of `tf.randomNormal` (Marsaglia & Bray's polar method over Baagøe's Alea).
 *
 * @param seed a whole number from `foldIn` or a `Seeds`: never 0, which `tf.randomNormal` takes for no seed at all.
 */
export function standardNormal(shape: number[], seed: number): tf.Tensor {
  return kernels().normals?.(shape, keys(seed)) ?? tf.randomNormal(shape, 0, 1, 'float32', seed);
}

/**
 * Seeds seed₀, seed₁, … of one sequence; equal starts give equal sequences, different ones unrelated sequences.
 *
 * @param seed any whole number, 0 included; without one the sequence starts anywhere.
 */
export function seedSequence(seed: number = randomSeed()): Seeds {
  let count = 0;
  return () => foldIn(seed, count++);
}

/**
 * A seed in 1 … 2⁵², made from a seed and a number, as `jax.random.fold_in`: a layer, a draw, a batch each get their own.
 *
 * Two chains of murmur3's 32-bit finaliser (Appleby 2011), which is a bijection: for one seed no two numbers below
 * 2³² give the same result.
 */
export function foldIn(seed: number, data: number): number {
  const words = [low(seed), high(seed), high(data), low(data)];
  const chain = (start: number): number => words.reduce((h, word) => finalise(h ^ word), start);
  return 1 + (chain(0x9e3779b9) >>> 12) * 2 ** 32 + (chain(0x3c6ef372) >>> 0);
}

/** The seeds of the tensors that one draw takes: the first has that of the draw. */
export const seedOfPart = (seed: number, part: number): number => (part === 0 ? seed : foldIn(seed, part));

const low = (n: number): number => n | 0;
const high = (n: number): number => Math.floor(n / 2 ** 32) | 0;

/** Four words, each of them made of all bits of the seed. */
function keys(seed: number): Keys {
  const key = (start: number): number => finalise(finalise(low(seed) ^ start) ^ high(seed));
  return [key(0x9e3779b9), key(0x3c6ef372), key(0xdaa66d2b), key(0x78dde6e4)];
}

const randomSeed = (): number => Math.floor(Math.random() * 2 ** 52);
