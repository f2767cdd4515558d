import {
  posteriorStatistics as statistics,
  type PosteriorStatistics,
} from '../../src/diagnosis/posteriorStatistics';
import { klOf } from '../helpers/closedForms';

type Numbers = number[];

/** A stddev below a thousandth of the prior's is collapsed; `units` columns. */
const posteriorStatistics = (
  m: Numbers,
  s: Numbers,
  p: Numbers,
  m0: Numbers,
  units = 0,
): PosteriorStatistics =>
  statistics(m, s, p, m0, { unitsLast: { weights: m.length, units }, collapsedBelow: 1e-3 });

const ones = (n: number): number[] => Array<number>(n).fill(1);
const zeros = (n: number): number[] => Array<number>(n).fill(0);

test('KL per weight is the average of the closed form, each weight with its own prior', () => {
  const [m, s, p] = [[0.5, -2, 0, 1e-3], [0.1, 3, 0.7, 1e-5], [1, 2, 0.5, 0.3]]; // prettier-ignore
  const expected = m.reduce((sum, v, i) => sum + klOf(v, s[i]!, p[i]!), 0) / 4;
  const { klPerWeight, weights } = posteriorStatistics(m, s, p, [0, 0, 0, 0]);
  expect(klPerWeight).toBeCloseTo(expected, 10);
  expect(weights).toBe(4);
});

test('signal-to-noise has the quantiles of |m|/s', () => {
  const m = Array.from({ length: 101 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (100 - i));
  const { signalToNoise } = posteriorStatistics(m, Array<number>(101).fill(0.5), ones(101), zeros(101));
  expect(signalToNoise).toEqual({ q05: 10, q25: 50, q50: 100, q75: 150, q95: 190 });
});

test('a weight with less than 0.05 nats is at its prior, of whatever width', () => {
  // ½ (m/p)² = 0.045 and 0.08; ½ (expm1(2u) − 2u) at u = ln 1.2 and ln 1.5: 0.038 and 0.22.
  const m = [0, 0.3, 0.4, 0, 0].map((v) => 10 * v);
  const s = [1, 1, 1, 1.2, 1.5].map((v) => 10 * v);
  expect(posteriorStatistics(m, s, Array<number>(5).fill(10), zeros(5)).atPrior).toBe(3 / 5);
});

test('a scale below what it is judged by has collapsed', () => {
  expect(posteriorStatistics([0, 0, 0, 0], [9e-4, 1.1e-3, 9e-3, 1], [1, 1, 10, 1], zeros(4)).collapsed).toBe(
    0.5,
  );
});

test('the width of the prior is that over the weights that left it', () => {
  // The third is at its prior. √((3² + 4²)/2 … of the others, in units of the prior 100.
  const { priorWidth } = posteriorStatistics(
    [3, 4, 0],
    [1e-9, 1e-9, 100],
    Array<number>(3).fill(100),
    zeros(3),
  );
  expect(priorWidth).toBeCloseTo(100 / Math.sqrt(12.5), 10);
  expect(posteriorStatistics([0], [1], [1], [0]).priorWidth).toBeNaN();
});

test('the KL of a weight is from its own mean of the prior, its signal-to-noise from 0', () => {
  const { klPerWeight, signalToNoise } = posteriorStatistics([3], [0.5], [2], [1]);
  expect(klPerWeight).toBeCloseTo(klOf(2, 0.5, 2), 10);
  expect(signalToNoise.q50).toBe(6);
});

test('a unit is off where the weights into it are at the prior, all together', () => {
  // Two inputs, three units: of the second one weight has left the prior, of the third none.
  const m = [2, 2, 0, 2, 0, 0.1];
  const { units } = posteriorStatistics(m, ones(6), ones(6), zeros(6), 3);
  expect(units).toEqual({ off: 1, of: 3 });
  expect(posteriorStatistics(m, ones(6), ones(6), zeros(6)).units).toBeUndefined();
});
