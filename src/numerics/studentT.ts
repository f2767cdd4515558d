/**
 * Student's t distribution with ν degrees of freedom, in double precision:
 *
 *     F(t) = 1 − ½ I_x(ν/2, ½) for t > 0,   x = ν/(ν + t²),     f(t) = (1 + t²/ν)^(−(ν + 1)/2) / (√ν B(ν/2, ½))
 *
 * (DLMF 8.17; Abramowitz & Stegun 26.7.1.) I is the regularized incomplete beta function, by its continued fraction (DLMF
 * 8.17.22) on that side of its mean where it converges, evaluated as Lentz 1976 (Applied Optics 15, 668) does. Beyond
 * ν = 10⁷ it is the normal distribution to 1e-8.
 */
import { lnGammaHalfStep } from './lnGamma';
import { normalCdfAt, normalDensityAt } from './normal';

const AS_NORMAL = 1e7;
const ENOUGH = 1e-14;
const TINY = 1e-300;

export function studentTCdf(t: number, nu: number): number {
  if (nu > AS_NORMAL) return normalCdfAt(t);
  const tail = 0.5 * tailsAt(t, nu);
  return t > 0 ? 1 - tail : tail;
}

export function studentTDensity(t: number, nu: number): number {
  if (nu > AS_NORMAL) return normalDensityAt(t);
  return Math.exp(studentTLnDensity(t, nu));
}

/** ln f, also where f is too small for a number. */
export function studentTLnDensity(t: number, nu: number): number {
  if (nu > AS_NORMAL) return -0.5 * t * t - 0.5 * Math.log(2 * Math.PI);
  return -lnBeta(nu) - 0.5 * Math.log(nu) - 0.5 * (nu + 1) * Math.log1p((t * t) / nu);
}

/** ln B(ν/2, ½) = ½ ln π − ½ ln(ν/2) − [ln Γ(ν/2 + ½) − ln Γ(ν/2) − ½ ln(ν/2)] */
const lnBeta = (nu: number): number => 0.5 * Math.log((2 * Math.PI) / nu) - lnGammaHalfStep(nu / 2);

/** P(|T| > |t|) = I_x(ν/2, ½), or 1 − I_(1 − x)(½, ν/2). */
function tailsAt(t: number, nu: number): number {
  const square = t * t;
  const [a, b] = [nu / 2, 0.5];
  if (square === Infinity) return 0;
  // ln x and ln(1 − x) without 1 − x.
  const lnX = -Math.log1p(square / nu);
  const lnY = square === 0 ? -Infinity : -Math.log1p(nu / square);
  const front = Math.exp(a * lnX + b * lnY - lnBeta(nu));
  const x = nu / (nu + square);
  if (x < (a + 1) / (a + b + 2)) return (front / a) * betaFraction(a, b, x);
  return 1 - (front / b) * betaFraction(b, a, square / (nu + square));
}

/** 1/(1 + d1/(1 + d2/(1 + …))): d_2m = m(b − m)x/((a + 2m − 1)(a + 2m)), d_2m+1 = −(a + m)(a + b + m)x/((a + 2m)(a + 2m + 1)) */
function betaFraction(a: number, b: number, x: number): number {
  let C = 1;
  let D = 1 / awayFrom0(1 - ((a + b) * x) / (a + 1));
  let value = D;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const d of [even, odd]) {
      D = 1 / awayFrom0(1 + d * D);
      C = awayFrom0(1 + d / C);
      step = C * D;
      value *= step;
    }
    if (Math.abs(step - 1) < ENOUGH) break;
  }
  return value;
}

const awayFrom0 = (v: number): number => (Math.abs(v) < TINY ? TINY : v);
