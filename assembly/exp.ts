import { mulAdd } from './lanes';

/**
 * eˣ to an ulp or two: x = k ln 2 + f, |f| ≤ ½ ln 2, and eᶠ by its Taylor series, whose first term left out,
 * f⁸/8!, is below 6e-9. NaN stays NaN, −∞ gives 0, and numbers below 1e-38 lose digits as they do everywhere.
 */
export function exp(x: v128): v128 {
  // They keep a NaN that comes first, and take one instruction where `max` and `min` take nine.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-105));
  const k = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  // ln 2 in two parts, the first with zeros at its end: its product with k is exact.
  let f = f32x4.sub(x, f32x4.mul(k, f32x4.splat(0.693359375)));
  f = f32x4.sub(f, f32x4.mul(k, f32x4.splat(-0.00021219444)));
  let e = f32x4.splat(1 / 5040.0);
  e = mulAdd(e, f, f32x4.splat(1 / 720.0));
  e = mulAdd(e, f, f32x4.splat(1 / 120.0));
  e = mulAdd(e, f, f32x4.splat(1 / 24.0));
  e = mulAdd(e, f, f32x4.splat(1 / 6.0));
  e = mulAdd(e, f, f32x4.splat(0.5));
  e = mulAdd(e, f, f32x4.splat(1));
  e = mulAdd(e, f, f32x4.splat(1));
  // 2ᵏ in two factors: k may be beyond the exponents that a float has.
  const n = i32x4.trunc_sat_f32x4_s(k);
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(e, powerOf2(half)), powerOf2(i32x4.sub(n, half)));
}

function powerOf2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}
