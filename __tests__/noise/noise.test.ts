import * as tf from '@tensorflow/tfjs';
import { foldIn, seedSequence, standardNormal } from '../../src/noise/noise';
import { eachBackend } from '../helpers/eachBackend';
import {
  expectChance,
  kolmogorovSmirnov,
  LARGEST_KS,
  zOfCorrelation,
  zOfMoments,
} from '../helpers/gaussianTests';
import { expectNoLeak } from '../helpers/leaks';

const n = 50_000;
const SEEDS = [0, 1, 2, 3, -1, 20261, 2 ** 32, 2 ** 32 + 1, -(2 ** 40), Number.MAX_SAFE_INTEGER];

/** The first draw of the sequence that a seed starts. */
function sample(seed: number, size = n): Float32Array {
  const x = standardNormal([size], seedSequence(seed)());
  const values = x.dataSync<'float32'>();
  x.dispose();
  return values;
}

eachBackend('standardNormal', () => {
  test.each([1, 3, 15, 16, 17, 64, 1001])('%i numbers stay what they are when others are made', (n) => {
    tf.tidy(() => {
      const first = standardNormal([n], 1);
      const numbers = first.clone().arraySync();
      standardNormal([n], 2);
      expect(first.arraySync()).toEqual(numbers);
      expect(standardNormal([n], 1).arraySync()).toEqual(numbers);
    });
  });

  test('has the shape that is asked for, in float32', () => {
    tf.tidy(() => {
      const x = standardNormal([2, 3, 1], 5);
      expect([x.shape, x.dtype]).toEqual([[2, 3, 1], 'float32']);
      expect(standardNormal([], 5).shape).toEqual([]);
      expect(standardNormal([0, 3], 5).shape).toEqual([0, 3]);
    });
  });

  test('equal seeds give equal numbers, each time', () => {
    for (const seed of SEEDS) expect(sample(seed, 100)).toEqual(sample(seed, 100));
  });

  test('different seeds give different numbers, 0 and neighbours included', () => {
    const firsts = SEEDS.map((seed) => sample(seed, 4).join());
    expect(new Set(firsts).size).toBe(SEEDS.length);
  });

  test('four moments are those of a standard Gaussian', () => {
    expectChance(SEEDS.slice(0, 4).flatMap((seed) => zOfMoments(sample(seed))));
  });

  test('its distribution function is Φ (Kolmogorov–Smirnov)', () => {
    expect(kolmogorovSmirnov(sample(0))).toBeLessThan(LARGEST_KS);
  });

  test('numbers are uncorrelated with those behind them, and so are their squares', () => {
    const x = sample(7);
    const squares = x.map((v) => (v * v - 1) / Math.SQRT2);
    const lags = [1, 2, 3, 4, 7, 64, 128, 400, 1000];
    expectChance(lags.flatMap((lag) => [zOfCorrelation(x, x, lag), zOfCorrelation(squares, squares, lag)]));
  });

  test('neighbouring seeds, and neighbouring draws of a sequence, have nothing to do with each other', () => {
    const seeds = seedSequence(0);
    const draws = [0, 1, 2, 3].map(() => {
      const x = standardNormal([n], seeds());
      const values = x.dataSync<'float32'>();
      x.dispose();
      return values;
    });
    const neighbours = [1, 2, 3, 4].map((seed) => sample(seed));
    const all = [...draws, ...neighbours];
    expectChance(all.flatMap((x, i) => all.slice(i + 1).map((y) => zOfCorrelation(x, y))));
  });

  test('across many seeds the first number of a draw is standard normal too', () => {
    const seeds = seedSequence(99);
    const firsts = Float32Array.from({ length: 2000 }, () => {
      const x = standardNormal([1], seeds());
      const [first] = x.dataSync<'float32'>();
      x.dispose();
      return first!;
    });
    expectChance([...zOfMoments(firsts), zOfCorrelation(firsts, firsts, 1)]);
    expect(kolmogorovSmirnov(firsts)).toBeLessThan(LARGEST_KS);
  });

  test('leaves nothing but its result', () => {
    expectNoLeak(() => {
      for (let i = 1; i < 20; i++) standardNormal([3, 2], i).dispose();
    });
  });
});

describe('seedSequence', () => {
  const first = (seed: number | undefined, count: number): number[] => {
    const seeds = seedSequence(seed);
    return Array.from({ length: count }, seeds);
  };

  test('equal starts give equal sequences, 0 included; different starts share no seed', () => {
    for (const seed of SEEDS) expect(first(seed, 50)).toEqual(first(seed, 50));
    const all = SEEDS.flatMap((seed) => first(seed, 2000));
    expect(new Set(all).size).toBe(all.length);
  });

  test('without a start it starts anywhere', () => {
    expect(first(undefined, 3)).not.toEqual(first(undefined, 3));
  });

  test('its numbers are frozen: a seed is part of what a user writes down', () => {
    expect(first(0, 3)).toEqual([982788435214552, 1443117500413008, 1446181534791487]);
    expect(first(42, 3)).toEqual([1787386851776313, 208317140928655, 21850010019803]);
    expect(first(-1, 1)).toEqual([3661194613256023]);
    expect(foldIn(2 ** 40, 2 ** 33 + 1)).toBe(1250247377641384);
  });
});

describe('foldIn', () => {
  test('gives a whole number in 1 … 2⁵², never 0, which tf.randomNormal takes for no seed', () => {
    for (const seed of SEEDS)
      for (const data of [0, 1, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1]) {
        const folded = foldIn(seed, data);
        expect(Number.isInteger(folded)).toBe(true);
        expect(folded).toBeGreaterThanOrEqual(1);
        expect(folded).toBeLessThanOrEqual(2 ** 52);
      }
  });

  test('is injective in its second number, below 2³²', () => {
    const count = 20_000;
    for (const seed of [0, -5, 2 ** 35]) {
      const folded = new Set<number>();
      for (let i = 0; i < count; i++) folded.add(foldIn(seed, i)).add(foldIn(seed, 2 ** 31 + 97 * i));
      expect(folded.size).toBe(2 * count);
    }
  });

  test('has in its low word a permutation of the low word: 2³² numbers, 2³² results', () => {
    // Undoing murmur3's finaliser brings back each number up to one constant that belongs to the seed.
    const undone = (folded: number): number => {
      let h = ((folded - 1) % 2 ** 32) | 0;
      h ^= h >>> 16;
      h = Math.imul(h, 0x7ed1b41d);
      h ^= (h >>> 13) ^ (h >>> 26);
      h = Math.imul(h, 0xa5cb9243);
      return h ^ (h >>> 16);
    };
    for (const seed of [0, 3, 2 ** 45]) {
      const constant = undone(foldIn(seed, 0));
      for (const data of [1, 2, 12_345, 2 ** 20 + 7, 2 ** 31, 2 ** 32 - 1])
        expect((undone(foldIn(seed, data)) ^ constant) >>> 0).toBe(data);
    }
  });

  test('flips each of its 52 bits half of the time when one bit of either number flips', () => {
    const trials = 500;
    const bits = (v: number): number[] => {
      const u = v - 1;
      return Array.from({ length: 52 }, (_, k) => Math.floor(u / 2 ** k) & 1);
    };
    const flipped = (fold: (i: number, change: number) => number): number[] =>
      [0, 1, 5, 31, 40].flatMap((bit) => {
        const counts = new Array<number>(52).fill(0);
        for (let i = 0; i < trials; i++) {
          const [a, b] = [bits(fold(i, 0)), bits(fold(i, 2 ** bit))];
          counts.forEach((_, k) => (counts[k]! += Number(a[k] !== b[k])));
        }
        return counts.map((c) => (c - trials / 2) / Math.sqrt(trials / 4));
      });
    // 64 i has none of these bits: to add one is to flip it.
    expectChance(flipped((i, bit) => foldIn(64 * i, bit)));
    expectChance(flipped((i, bit) => foldIn(64 * i + bit, 17)));
  });
});
