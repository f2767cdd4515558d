/** How long does a standard normal number take, in nanoseconds, upload included? */
import type { Backend } from '../backends';
import { compare } from '../measure';
import type { Question } from '../question';
import { standardNormal } from '../../src/noise/noise';
import * as tf from '@tensorflow/tfjs';

/** The noise of one layer: 128 examples, 400 units. */
const SHAPE = [128, 400];
const COUNT = 128 * 400;

const noise = (backend: Backend, goal: number, aim: number): Question => ({
  name: `${backend}.noise`,
  what: 'one standard normal number of 51,200',
  backend,
  goal,
  aim,
  unit: 'ns',
  async measure() {
    let seed = 0;
    const { ours, other } = await compare(
      () => standardNormal(SHAPE, ++seed).dispose(),
      () => tf.randomNormal(SHAPE, 0, 1, 'float32', ++seed).dispose(),
      2,
    );
    const ns = (milliseconds: number): number => (milliseconds * 1e6) / COUNT;
    return { value: ns(ours), detail: `tf.randomNormal ${ns(other).toFixed(1)} ns` };
  },
});

export const questions = [noise('native', 4, 3), noise('wasm', 4, 3), noise('cpu', 7, 6)];
