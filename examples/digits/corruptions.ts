/** What is no longer a digit as the nets know them, or never was one: they should not be sure of it. */
import * as tf from '@tensorflow/tfjs';
import { PIXELS, SIDE } from './data';
import { letters } from './letters';

/** Pixels [N, 784] from 0 to 1 → pixels [M, 784]; the seed is for those that are random. */
export type Corruption = (x: tf.Tensor2D, seed: number) => tf.Tensor2D;

/** By a quarter turn, clockwise. */
export const rotate: Corruption = (x) =>
  tf.tidy(() => x.reshape([-1, SIDE, SIDE]).transpose([0, 2, 1]).reverse(2).as2D(x.shape[0], PIXELS));

/** Light ink on dark paper. */
export const invert: Corruption = (x) => tf.tidy(() => tf.sub(1, x));

/** No digit at all: every pixel anything from 0 to 1. */
export const noise: Corruption = (x, seed) =>
  // For a seed of 0 tf.randomUniform would take one of its own.
  tf.randomUniform(x.shape, 0, 1, 'float32', seed + 1);

/** By the name under which they are reported. */
export const CORRUPTIONS: Readonly<Record<string, Corruption>> = {
  'rotated by 90°': rotate,
  inverted: invert,
  'uniform noise': noise,
  letters: (_, seed) => letters(seed),
};
