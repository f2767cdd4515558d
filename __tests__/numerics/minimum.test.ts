import { minimumOnALine } from '../../src/numerics/minimum';

test('finds the lowest of several valleys, to the accuracy', () => {
  const f = (x: number): number => Math.cos(3 * x) + 0.1 * (x - 4) ** 2;
  const { x, value, atEnd } = minimumOnALine(f, -7, 7, 1e-6);
  // Of f' = −3 sin 3x + 0.2 (x − 4), near π.
  expect(-3 * Math.sin(3 * x) + 0.2 * (x - 4)).toBeCloseTo(0, 4);
  expect(Math.abs(x - Math.PI)).toBeLessThan(0.1);
  expect(value).toBe(f(x));
  expect(atEnd).toBe(false);
});

test.each([1, -1])('says that it is at an end: slope %d', (slope) => {
  const { x, atEnd } = minimumOnALine((v) => slope * v, -2, 3, 1e-4);
  expect(Math.abs(x - (slope > 0 ? -2 : 3))).toBeLessThan(1e-3);
  expect(atEnd).toBe(true);
});

test('goes round what is infinite', () => {
  const { x } = minimumOnALine((v) => (v < 1 ? Infinity : (v - 1.5) ** 2), -2, 3, 1e-4);
  expect(x).toBeCloseTo(1.5, 3);
});
