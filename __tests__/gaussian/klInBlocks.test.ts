import * as tf from '@tensorflow/tfjs';
import { klInBlocks } from '../../src/gaussian/klInBlocks';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const normal = (shape: number[], seed: number, sd = 0.3): tf.Tensor =>
  tf.randomNormal(shape, 0, sd, 'float32', seed);

/** ½ Σ ((m − m₀)/p)² + (s/p)² − 1 − ln (s/p)², in doubles. */
function expected(M: tf.Tensor, lnS: tf.Tensor, m0: tf.Tensor, p: tf.Tensor): number {
  const whole = (t: tf.Tensor): Float32Array =>
    tf.tidy(() => tf.add(tf.zeros(M.shape), t)).dataSync<'float32'>();
  const [ms, lns, m0s, ps] = [M, lnS, m0, p].map(whole);
  return ms!.reduce((sum, m, i) => {
    const ratio = Math.exp(lns![i]!) / ps![i]!;
    return sum + 0.5 * (((m - m0s![i]!) / ps![i]!) ** 2 + ratio ** 2 - 1 - 2 * Math.log(ratio));
  }, 0);
}

eachBackend('klInBlocks', () => {
  test.each<[string, number[], number[] | undefined]>([
    ['one number', [7, 5], undefined],
    ['the whole', [7, 5], [7, 5]],
    ['columns', [7, 5], [5]],
    ['rows', [7, 5], [7, 1]],
    ['one row', [1, 35], [1, 35]],
    ['four axes', [3, 3, 2, 9], [9]],
    ['a vector', [35], [35]],
  ])(
    'a prior of %s: is the sum over all weights, whatever the block, and leaves nothing behind',
    (_, shape, ofPrior) => {
      const [M, lnS] = [normal(shape, 1), normal(shape, 2)];
      const m0 = ofPrior === undefined ? tf.scalar(0.2) : normal(ofPrior, 3);
      const p = ofPrior === undefined ? tf.scalar(0.5) : tf.tidy(() => tf.exp(normal(ofPrior, 4)));
      const prior = ofPrior === undefined ? { mean: 0.2, stddev: 0.5 } : { mean: m0, stddev: p };
      const kl = expected(M, lnS, m0, p);
      const before = tf.memory().numTensors;
      for (const block of [1, 8, 16, 34, 1000]) {
        const found = klInBlocks(M, lnS, prior, block);
        expect(tf.memory().numTensors).toBe(before + 1);
        expect(found.shape).toEqual([]);
        expectAllClose(found, kl, { rtol: 1e-5 });
        found.dispose();
      }
      tf.dispose([M, lnS, m0, p]);
    },
  );

  test('has a gradient', () => {
    const [M, lnS] = [normal([6, 4], 1), normal([6, 4], 2)];
    const prior = { mean: 0, stddev: 2 };
    const gradient = (block: number): tf.Tensor => tf.grad((m) => klInBlocks(m, lnS, prior, block))(M);
    expectAllClose(gradient(4), gradient(1000), { rtol: 1e-6 });
    expectAllClose(gradient(4), tf.div(M, 4), { rtol: 1e-6 });
  });
});
