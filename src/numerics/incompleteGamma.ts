/**
 * The distribution function of the Poisson distribution, by the regularized incomplete gamma function, in double precision:
 *
 *     P(n ≤ k) = Q(a, λ) = Γ(a, λ) / Γ(a),     a = k + 1                    (DLMF 8.4.10)
 *
 * Below λ = a by the series of 1 − Q (DLMF 8.11.4), above by the continued fraction of Q (DLMF 8.9.2) from its end to its
 * beginning as Lentz 1976 (Applied Optics 15, 668) evaluates it. Both take some √a terms; beyond 10⁶ the normal
 * distribution with its first correction for skewness is exact to 1/λ,
 *
 *     P(n ≤ k) ≈ Φ(z) − φ(z) (z² − 1) / (6 √λ),     z = (k + ½ − λ) / √λ    (Edgeworth; Abramowitz & Stegun 26.2.48)
 */
import { lnGamma } from './lnGamma';
import { normalCdfAt, normalDensityAt } from './normal';

const LARGE = 1e6;
const ENOUGH = 1e-14;
const TINY = 1e-300;

/** P(n ≤ k) for n ~ Poisson(λ), λ ≥ 0; 0 for a k below 0. */
export function poissonCdf(k: number, lambda: number): number {
  const n = Math.floor(k);
  if (n < 0) return 0;
  if (lambda <= 0) return 1;
  if (lambda === Infinity) return 0;
  if (lambda > LARGE) return normalWithSkewness(n, lambda);
  const a = n + 1;
  // λ^a e^−λ / Γ(a), whose logarithm is of moderate size where it matters.
  const factor = Math.exp(a * Math.log(lambda) - lambda - lnGamma(a));
  return lambda < a + 1 ? 1 - factor * series(a, lambda) : factor * fraction(a, lambda);
}

/** Σ_i λ^i / (a (a + 1) … (a + i)) */
function series(a: number, lambda: number): number {
  let term = 1 / a;
  let sum = term;
  for (let i = 1; term > ENOUGH * sum; i++) {
    term *= lambda / (a + i);
    sum += term;
  }
  return sum;
}

/** 1/(λ + 1 − a − 1(1 − a)/(λ + 3 − a − 2(2 − a)/(λ + 5 − a − …))) */
function fraction(a: number, lambda: number): number {
  let b = lambda + 1 - a;
  let C = 1 / TINY;
  let D = 1 / b;
  let value = D;
  for (let i = 1; ; i++) {
    const numerator = i * (a - i);
    b += 2;
    D = 1 / awayFrom0(b + numerator * D);
    C = awayFrom0(b + numerator / C);
    value *= C * D;
    if (Math.abs(C * D - 1) < ENOUGH || numerator === 0) return value;
  }
}

const awayFrom0 = (v: number): number => (Math.abs(v) < TINY ? TINY : v);

function normalWithSkewness(k: number, lambda: number): number {
  const root = Math.sqrt(lambda);
  const z = (k + 0.5 - lambda) / root;
  return Math.min(1, Math.max(0, normalCdfAt(z) - (normalDensityAt(z) * (z * z - 1)) / (6 * root)));
}
