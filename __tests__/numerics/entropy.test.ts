import * as tf from '@tensorflow/tfjs';
import { entropy, splitEntropy } from '../../src/numerics/entropy';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const entropyOf = (p: number[]): number => -p.reduce((sum, v) => sum + (v > 0 ? v * Math.log(v) : 0), 0);

/** Draws [S, N, C]: two that agree, two that are sure of different classes, one that leaves a class out. */
const draws = [
  [
    [0.5, 0.25, 0.25],
    [1, 0, 0],
    [0.9, 0.1, 0],
  ],
  [
    [0.5, 0.25, 0.25],
    [0, 1, 0],
    [0.2, 0.7, 0.1],
  ],
];
const mean = draws[0]!.map((row, n) => row.map((v, c) => (v + draws[1]![n]![c]!) / 2));

eachBackend('entropy', () => {
  test('is −Σ p ln p in nats over the last axis, and 0 ln 0 is 0', () => {
    tf.tidy(() => {
      expectAllClose(
        entropy(tf.tensor3d(draws)),
        draws.map((rows) => rows.map(entropyOf)),
      );
      expectAllClose(entropy(tf.fill([1, 10], 0.1)), [Math.log(10)]);
      expectAllClose(entropy(tf.tensor1d([0.5, 0.5])), Math.LN2);
    });
  });

  test('has a finite gradient −ln p − 1, 0 where p = 0', () => {
    tf.tidy(() => {
      const gradient = tf.grad((p) => entropy(p))(tf.tensor1d([0.25, 0.75, 0]));
      expectAllClose(gradient, [-Math.log(0.25) - 1, -Math.log(0.75) - 1, 0]);
    });
  });
});

eachBackend('splitEntropy', () => {
  test('total = aleatoric + epistemic, and the epistemic part is what the draws disagree about', () => {
    tf.tidy(() => {
      const drawn = tf.tensor3d(draws);
      const { total, aleatoric, epistemic } = splitEntropy(
        entropy(tf.mean(drawn, 0)),
        tf.mean(entropy(drawn), 0),
      );
      const meanEntropy = mean.map((_, n) => (entropyOf(draws[0]![n]!) + entropyOf(draws[1]![n]!)) / 2);
      expectAllClose(total, mean.map(entropyOf));
      expectAllClose(aleatoric, meanEntropy);
      expectAllClose(
        epistemic,
        mean.map((p, n) => entropyOf(p) - meanEntropy[n]!),
      );
      expectAllClose(epistemic.slice(0, 2), [0, Math.LN2]);
    });
  });

  test('the epistemic part is never below 0, where rounding would make it so', () => {
    tf.tidy(() => {
      const { epistemic } = splitEntropy(entropy(tf.tensor2d([[0.5, 0.5]])), tf.tensor1d([Math.LN2 + 1e-6]));
      expectAllClose(epistemic, [0], { rtol: 0, atol: 0 });
    });
  });

  test('leaves its three results and nothing else; what it was given stays alive', () => {
    const [p, h] = [tf.tensor2d(mean), tf.tensor1d([0.1, 0.1, 0.1])];
    expectNoLeak(() => tf.dispose(splitEntropy(p, h)));
    expectNoLeak(() => entropy(p).dispose());
    tf.dispose([p, h]);
  });
});
