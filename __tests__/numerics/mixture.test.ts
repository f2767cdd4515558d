import { quantileOfCounts, quantileOnALine } from '../../src/numerics/mixture';
import { normalCdfAt, normalDensityAt } from '../../src/numerics/normal';

const normal = { cdf: normalCdfAt, density: normalDensityAt, low: -50, high: 60 };

describe('quantileOnALine', () => {
  test.each([
    [0.5, 0],
    [0.975, 1.959963985],
    [0.025, -1.959963985],
    [0.999, 3.090232306],
    [1e-6, -4.753424309],
  ])('of level %p inverts a distribution function', (level, quantile) => {
    // The series of Φ has a relative error of 1.2e-7.
    expect(quantileOnALine(level, normal)).toBeCloseTo(quantile, 5);
  });

  test('bisects where the slope is 0: between components far apart', () => {
    const cdf = (y: number): number => 0.5 * (normalCdfAt(y + 1000) + normalCdfAt(y - 1000));
    const density = (y: number): number => 0.5 * (normalDensityAt(y + 1000) + normalDensityAt(y - 1000));
    const found = quantileOnALine(0.6, { cdf, density, low: -1005, high: 1005 });
    expect(cdf(found)).toBeCloseTo(0.6, 8);
    expect(found).toBeCloseTo(1000 - 0.841621, 4);
    // Half lies below everything from −990 to 990.
    expect(cdf(quantileOnALine(0.5, { cdf, density, low: -1005, high: 1005 }))).toBeCloseTo(0.5, 8);
  });

  test('ends where there is nothing to be found', () => {
    expect(quantileOnALine(0.5, { cdf: () => NaN, density: () => NaN, low: -1, high: 1 })).toEqual(
      expect.any(Number),
    );
    expect(quantileOnALine(0.5, { ...normal, low: 3, high: 3 })).toBe(3);
  });
});

describe('quantileOfCounts', () => {
  const atLeast =
    (k: number) =>
    (n: number): number =>
      n >= k ? 1 : 0;

  test('is the least whole number that has the level', () => {
    for (const k of [0, 1, 2, 7, 1000, 123_456])
      for (const low of [-5, 0, Math.max(0, k - 3), k])
        expect(quantileOfCounts(0.5, atLeast(k), low)).toBe(k);
  });
});
