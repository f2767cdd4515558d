import { lnGamma } from '../../src/numerics/lnGamma';

describe('lnGamma', () => {
  test('is ln (n − 1)! at whole numbers', () => {
    let lnFactorial = 0;
    for (let n = 1; n < 170; n++) {
      expect(Math.abs(lnGamma(n) - lnFactorial)).toBeLessThan(1e-13 * Math.max(1, lnFactorial));
      lnFactorial += Math.log(n);
    }
  });

  test('is ½ ln π at ½, and grows by ln x from x to x + 1', () => {
    expect(lnGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 13);
    for (const x of [0.01, 0.3, 1.7, 12.25, 1e5])
      expect(Math.abs(lnGamma(x + 1) - lnGamma(x) - Math.log(x))).toBeLessThan(
        1e-14 * Math.max(10, lnGamma(x + 1)),
      );
  });
});
