/** Quantiles of mixtures against those of scipy, and by the number of draws below them. */
import { familyOf } from '../../src/families/familyOf';
import type { Likelihood } from '../../src/likelihoods/likelihood';
import { rawScaleOf } from '../../src/likelihoods/scale';
import { count_mixtures, gaussian_mixtures, student_t_3_mixtures } from '../fixtures/distributions.json';

const quantile = (
  likelihood: Likelihood,
  level: number,
  outputs: number[],
  rawScales: number[] = [],
): number =>
  familyOf(likelihood).quantile!(likelihood, level, {
    outputs: Float64Array.from(outputs),
    rawScales: Float64Array.from(rawScales),
  });

test.each(gaussian_mixtures)('of Gaussians, $level', ({ mean, scale, level, quantile: expected }) => {
  const found = quantile({ family: 'gaussian', stddev: 'output' }, level, mean, scale.map(rawScaleOf));
  expect(Math.abs(found - expected)).toBeLessThan(1e-5);
});

test.each(student_t_3_mixtures)('of Student’s t, $level', ({ mean, scale, level, quantile: expected }) => {
  const likelihood: Likelihood = { family: 'studentT', df: 3, scale: 'output' };
  expect(Math.abs(quantile(likelihood, level, mean, scale.map(rawScaleOf)) - expected)).toBeLessThan(
    1e-7 * Math.max(1, Math.abs(expected)),
  );
});

test.each(count_mixtures)('of counts, $level', ({ rate, level, quantile: expected }) => {
  expect(quantile({ family: 'poisson', outputs: 'rate' }, level, rate)).toBe(expected);
  expect(quantile({ family: 'poisson' }, level, rate.map(Math.log))).toBe(expected);
});

test('with one known scale: mean + scale · z', () => {
  expect(quantile({ family: 'gaussian', stddev: 2 }, 0.975, [10])).toBeCloseTo(10 + 2 * 1.959964, 5);
  // The quantile of Cauchy’s distribution is tan π(level − ½).
  expect(quantile({ family: 'studentT', df: 1, scale: 2 }, 0.9, [10])).toBeCloseTo(
    10 + 2 * Math.tan(0.4 * Math.PI),
    6,
  );
});

test('of a rate of 0 is 0, of great rates near them', () => {
  expect(quantile({ family: 'poisson', outputs: 'rate' }, 0.99, [0, 0])).toBe(0);
  // The normal distribution with its skewness: 1e8 + 1e4 · 1.6448536 + (1.6448536² − 1)/6.
  expect(
    Math.abs(quantile({ family: 'poisson', outputs: 'rate' }, 0.95, [1e8]) - (1e8 + 16448.5 + 0.28)),
  ).toBeLessThan(1.5);
});

test('of labels is 1 where the probability of a 1 exceeds what the level leaves', () => {
  expect([0.2, 0.69, 0.71].map((level) => quantile({ family: 'bernoulli' }, level, [0.1, 0.5]))).toEqual([
    0, 0, 1,
  ]);
  const logits = [0.1, 0.5].map((p) => Math.log(p / (1 - p)));
  expect(quantile({ family: 'bernoulli', outputs: 'logits' }, 0.71, logits)).toBe(1);
});

test('classes have none', () => {
  expect(familyOf({ family: 'categorical' }).quantile).toBeUndefined();
});
