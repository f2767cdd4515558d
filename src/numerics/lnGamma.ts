/**
 * ln Γ(x) for x > 0 in double precision, to about 15 digits: the series of Lanczos 1964 (SIAM J. Numer. Anal. 1, 86)
 *
 *     Γ(x + 1) = √(2π) (x + g + ½)^(x + ½) e^−(x + g + ½) · Σ_k c_k / (x + k)
 *
 * with g = 7 and the nine coefficients of Godfrey 2001 ("A note on the computation of the convergent Lanczos complex
 * Gamma approximation").
 */
const g = 7;

const c = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

export function lnGamma(x: number): number {
  // Γ(x + 1) = x Γ(x): from x − 1 a small x would not be told.
  if (x < 0.5) return lnGamma(x + 1) - Math.log(x);
  const n = x - 1;
  const t = n + g + 0.5;
  const series = c.reduce((sum, c_k, k) => sum + (k === 0 ? c_k : c_k / (n + k)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (n + 0.5) * Math.log(t) - t + Math.log(series);
}

/**
 * ln Γ(x + ½) − ln Γ(x) − ½ ln x, which cancels for a large x if it is written so: from x = 10 on by the series of Tricomi &
 * Erdélyi 1951 (Pacific J. Math. 1, 133), whose next term is below 2e-12 there.
 */
export function lnGammaHalfStep(x: number): number {
  if (x < 10) return lnGamma(x + 0.5) - lnGamma(x) - 0.5 * Math.log(x);
  const r = 1 / x;
  return -r / 8 + r ** 3 / 192 - r ** 5 / 640 + (17 * r ** 7) / 14336;
}
