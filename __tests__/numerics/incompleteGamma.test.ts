import { poissonCdf } from '../../src/numerics/incompleteGamma';
import { poisson as cases } from '../fixtures/distributions.json';

describe('poissonCdf', () => {
  test.each(cases)('of $k at a rate of $rate is that of scipy', ({ k, rate, cdf }) => {
    // ln Γ has 15 digits, of a logarithm that grows like the rate; beyond 1e6 the error is that of the correction.
    const tolerance = rate > 1e6 ? 5e-7 : 1e-13 * Math.max(10, rate);
    expect(Math.abs(poissonCdf(k, rate) - cdf)).toBeLessThan(tolerance);
  });

  test('is the sum of e^−λ λ^n / n!', () => {
    let [term, sum] = [Math.exp(-4.2), 0];
    for (let n = 0; n < 30; n++) {
      sum += term;
      expect(poissonCdf(n, 4.2)).toBeCloseTo(sum, 13);
      expect(poissonCdf(n + 0.9, 4.2)).toBe(poissonCdf(n, 4.2));
      term *= 4.2 / (n + 1);
    }
  });

  test('holds at the ends', () => {
    expect(poissonCdf(-1, 3)).toBe(0);
    expect(poissonCdf(0, 0)).toBe(1);
    expect(poissonCdf(7, Infinity)).toBe(0);
    expect(poissonCdf(1e9, 5)).toBe(1);
  });
});
