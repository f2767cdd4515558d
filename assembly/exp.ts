import { mulAdd } from './lanes';
import {
  EXPONENT_BIAS,
  F3,
  F4,
  F5,
  F6,
  F7,
  HALF,
  LARGEST_EXPONENT,
  LN2,
  LN2_REST,
  ONE,
  PER_LN2,
  SMALLEST_EXPONENT,
} from './vectors';

/**
 * eˣ to an ulp or two: x = k ln 2 + f, |f| ≤ ½ ln 2, and eᶠ by its Taylor series, whose first term left out,
 * f⁸/8!, is below 6e-9. NaN stays NaN, −∞ gives 0, and numbers below 1e-38 lose digits as they do everywhere.
 */
export function exp(x: v128): v128 {
  // They keep a NaN that comes first, and take one instruction where `max` and `min` take nine.
  x = f32x4.pmax(f32x4.pmin(x, LARGEST_EXPONENT), SMALLEST_EXPONENT);
  const k = f32x4.nearest(f32x4.mul(x, PER_LN2));
  // The first part of ln 2 ends in zeros: its product with k is exact.
  let f = f32x4.sub(x, f32x4.mul(k, LN2));
  f = f32x4.sub(f, f32x4.mul(k, LN2_REST));
  const e = mulAdd(mulAdd(upFromHalf(F7, f), f, ONE), f, ONE);
  // 2ᵏ in two factors: k may be beyond the exponents that a float has.
  const n = i32x4.trunc_sat_f32x4_s(k);
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(e, powerOf2(half)), powerOf2(i32x4.sub(n, half)));
}

/** ½ + x/3! + x²/4! + x³/5! + x⁴/6! + x⁵ y: what lies behind 1 + x in the series of eˣ, from its term y on. */
export function upFromHalf(y: v128, x: v128): v128 {
  y = mulAdd(y, x, F6);
  y = mulAdd(y, x, F5);
  y = mulAdd(y, x, F4);
  y = mulAdd(y, x, F3);
  return mulAdd(y, x, HALF);
}

function powerOf2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, EXPONENT_BIAS), 23);
}
