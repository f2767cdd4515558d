import { studentTCdf, studentTDensity } from '../../src/numerics/studentT';
import { t as cases } from '../fixtures/distributions.json';

describe('Student’s t', () => {
  test.each(cases)('at $t with $df degrees of freedom is that of scipy', ({ t, df, cdf, pdf }) => {
    // The normal density leaves out the factor e^(t⁴/4ν); Φ is a series with a relative error of 1.2e-7 where it takes the place of many degrees of freedom.
    const tolerance = df > 1e6 ? 2e-7 : 1e-10;
    expect(Math.abs(studentTCdf(t, df) - cdf)).toBeLessThanOrEqual(tolerance * cdf);
    expect(Math.abs(studentTDensity(t, df) - pdf)).toBeLessThanOrEqual(
      (df > 1e7 ? (1 + t ** 4) / df : tolerance) * pdf,
    );
  });

  test('with one degree of freedom is Cauchy’s', () => {
    for (const t of [-1e8, -2, 0.3, 7, 1e200])
      expect(studentTCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 13);
    expect(studentTCdf(-1e8, 1)).toBeCloseTo(1e-8 / Math.PI, 20);
  });

  test('is 0 and 1 at the ends', () => {
    expect(studentTCdf(-Infinity, 4)).toBe(0);
    expect(studentTCdf(Infinity, 4)).toBe(1);
  });
});
