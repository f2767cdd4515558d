import { binomialCdf } from '../../src/numerics/binomial';

// scipy.stats.binom.cdf
test.each([
  [0, 10, 0.3, 0.0282475249],
  [3, 10, 0.3, 0.6496107184],
  [9, 10, 0.3, 0.9999940951],
  [1, 1, 0.3, 1],
  [-1, 5, 0.3, 0],
])('P(X ≤ %d) of Binomial(%d, %d)', (k, n, p, expected) => {
  expect(binomialCdf(k, n, p)).toBeCloseTo(expected, 9);
});

test('is the sum of its terms, for all k', () => {
  const [n, p] = [60, 0.37];
  let [choose, sum] = [1, 0];
  for (let k = 0; k < n; k++) {
    sum += choose * p ** k * (1 - p) ** (n - k);
    choose *= (n - k) / (k + 1);
    expect(binomialCdf(k, n, p)).toBeCloseTo(sum, 12);
  }
});

test('of many, where single terms underflow', () => {
  // By symmetry, and by the normal distribution with its correction of continuity: Φ(−3) at k = n/2 − 3σ.
  expect(binomialCdf(500_000, 1_000_001, 0.5)).toBeCloseTo(0.5, 6);
  expect(binomialCdf(498_500, 1_000_000, 0.5)).toBeCloseTo(0.0013499 + 0.00000443, 6);
});
