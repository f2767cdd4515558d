/** The noise: one function of keys and place, computed twice, and Gaussian. */
import * as tf from '@tensorflow/tfjs';
import { normals, normalsInJavaScript, type Keys } from '../../src/kernels/normals';
import { seedSequence, standardNormal } from '../../src/noise/noise';
import { eachBackend, startBackend } from '../helpers/eachBackend';
import {
  expectChance,
  kolmogorovSmirnov,
  LARGEST_KS,
  normalCdf,
  zOfCorrelation,
  zOfMoments,
} from '../helpers/gaussianTests';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

const KEYS: Keys = [0x12345678, -0x7654321, 0x0badcafe, 42];

beforeAll(() => startBackend('cpu'));

test.each([1, 2, 7, 8, 9, 1001])('SIMD and JavaScript make the same %i numbers', (n) => {
  const fast = normals(n, KEYS);
  expect(fast).toHaveLength(n);
  // A radius near 0 is the root of a small difference: its absolute error is the larger one.
  expectAllClose([...fast], [...normalsInJavaScript(n, KEYS)], { rtol: 2e-6, atol: 2e-5 });
});

test('the i-th number depends on nothing but the keys and i', () => {
  expect(normals(100, KEYS)).toEqual(normals(1000, KEYS).slice(0, 100));
});

describe('where a content policy forbids WebAssembly', () => {
  test('the numbers come from JavaScript', () => {
    const { Module } = WebAssembly;
    let fallback: typeof normals | undefined;
    try {
      WebAssembly.Module = jest.fn(() => {
        throw new WebAssembly.CompileError('forbidden');
      }) as unknown as typeof Module;
      jest.isolateModules(() => {
        fallback = jest.requireActual<{ normals: typeof normals }>('../../src/kernels/normals').normals;
      });
      expect(fallback!(13, KEYS)).toEqual(normalsInJavaScript(13, KEYS));
      expect(WebAssembly.Module).toHaveBeenCalled();
    } finally {
      WebAssembly.Module = Module;
    }
  });
});

describe('a million numbers', () => {
  const n = 1_000_000;
  // Both make the same numbers, so that one of them is enough here; the other is compared above.
  const samples: Float32Array[] = [];
  const draw = (seed: number, count = n): Float32Array => {
    const t = standardNormal([count], seed);
    const values = t.dataSync() as Float32Array;
    t.dispose();
    return values;
  };
  beforeAll(() => {
    const seeds = seedSequence(2026);
    for (let i = 0; i < 3; i++) samples.push(draw(seeds()));
  });

  test('have the moments of a Gaussian', () => {
    expectChance(samples.flatMap(zOfMoments));
  });

  test('have its distribution function', () => {
    for (const x of samples) expect(kolmogorovSmirnov(x)).toBeLessThan(LARGEST_KS);
  });

  test('have its tails: as many beyond 2, 3, 4 and 4.5 as there should be, and on both sides', () => {
    expectChance(
      samples.flatMap((x) =>
        [2, 3, 4, 4.5].flatMap((bound) => {
          const p = normalCdf(-bound);
          let [above, below] = [0, 0];
          for (let i = 0; i < n; i++) {
            if (x[i]! > bound) above++;
            if (x[i]! < -bound) below++;
          }
          return [above, below].map((k) => (k - n * p) / Math.sqrt(n * p * (1 - p)));
        }),
      ),
    );
  });

  test('do not correlate with those a few places on, nor do their squares', () => {
    const lags = [1, 2, 3, 4, 5, 7, 8, 16, 64, 400, 4096];
    const squares = (x: Float32Array): Float32Array => x.map((v) => (v * v - 1) / Math.SQRT2);
    expectChance(
      samples.flatMap((x) => {
        const x2 = squares(x);
        return lags.flatMap((lag) => [zOfCorrelation(x, x, lag), zOfCorrelation(x2, x2, lag)]);
      }),
    );
  });

  test('do not correlate between one draw and the next', () => {
    expectChance(samples.slice(1).map((x, i) => zOfCorrelation(x, samples[i]!)));
  });

  test('do not correlate between neighbouring seeds, nor between seeds that differ in one bit', () => {
    const few = 100_000;
    const first = draw(1, few);
    const others = [2, 3, 4, 5, ...Array.from({ length: 51 }, (_, bit) => 1 + 2 ** (bit + 1))];
    expectChance(others.map((seed) => zOfCorrelation(first, draw(seed, few))));
  });
});

eachBackend('standardNormal', (backend) => {
  test('makes the same numbers on every backend', () => {
    tf.tidy(() => {
      const x = standardNormal([3, 5, 7], 123);
      expect(x.shape).toEqual([3, 5, 7]);
      expect(x.dtype).toBe('float32');
      expectAllClose(x.flatten().slice(0, 4), FROZEN, { rtol: 1e-5, atol: 2e-5 });
    });
  });

  test('is tf.randomNormal where the kernels are turned off', () => {
    tf.tidy(() => {
      const plain = withoutKernels(() => standardNormal([2, 3], 5));
      expectAllClose(plain, tf.randomNormal([2, 3], 0, 1, 'float32', 5), { rtol: 0, atol: 0 });
    });
  });

  test('leaves nothing behind and writes only where it may', () => {
    // The neighbours on the wasm heap are written before and read after.
    const before = tf.fill([5], 7);
    expectNoLeak(() => {
      for (const n of [1, 3, 5, 11]) {
        const x = standardNormal([n], 9);
        const after = tf.fill([3], 8);
        standardNormal([n], 9).dispose();
        expectAllClose(after, [8, 8, 8]);
        tf.dispose([x, after]);
      }
    });
    expectAllClose(before, [7, 7, 7, 7, 7]);
    before.dispose();
    expect(tf.getBackend()).toBe(backend);
  });
});

/** Seeds are a promise: a saved seed gives these numbers in every later version. */
const FROZEN = [-1.1018199920654297, -0.7353964447975159, 0.11931540817022324, -0.7459703683853149];
