import * as tf from '@tensorflow/tfjs';
import { initialPosterior } from '../../src/layers/initialPosterior';
import { seedSequence } from '../../src/noise/noise';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { expectCleanThrow } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const DEFAULTS = { A_mean_initializer: undefined, A_scale_initializer: undefined };

eachBackend('initialPosterior', () => {
  const numbers = (options: Partial<Parameters<typeof initialPosterior>[1]>, D: number, H: number) => {
    const initial = initialPosterior('me', { ...DEFAULTS, seed: 1, ...options }, D, H, seedSequence(1));
    const values = { mean: initial.mean.dataSync(), scale: initial.stddev.arraySync() as number[][] };
    tf.dispose(initial);
    return values;
  };

  test('has means of mean 0 and variance 1/D', () => {
    const { mean } = numbers({}, 400, 300);
    expectChance([zOfMean(mean, 0, 1 / 400), zOfVariance(mean, 1 / 400)]);
  });

  test('has scales of a tenth of the means', () => {
    expectAllClose(numbers({}, 25, 2).scale, Array(25).fill([0.02, 0.02]));
  });

  test('a number or an initializer of scales is in natural units', () => {
    expectAllClose(numbers({ A_scale_initializer: 0.3 }, 1, 2).scale, [[0.3, 0.3]]);
    expectAllClose(numbers({ A_scale_initializer: 'ones' }, 1, 2).scale, [[1, 1]]);
  });

  test('takes an initializer of means', () => {
    expectAllClose(Array.from(numbers({ A_mean_initializer: 'ones' }, 1, 2).mean), [1, 1]);
  });

  test('means follow the seed, 0 included', () => {
    const [zero, again, one] = [0, 0, 1].map((seed) => Array.from(numbers({ seed }, 3, 3).mean));
    expect(again).toEqual(zero);
    expect(one).not.toEqual(zero);
  });

  test('refuses an initializer that makes scales that are not above 0', () => {
    expectCleanThrow(
      () =>
        tf.tidy(() =>
          initialPosterior(
            'me',
            { ...DEFAULTS, A_scale_initializer: 'zeros', seed: 1 },
            2,
            2,
            seedSequence(1),
          ),
        ),
      'me: the A_scale that A_scale_initializer makes must be finite and above 0 everywhere, from 1e-18 to 1e18, got a value of 0',
    );
  });
});
