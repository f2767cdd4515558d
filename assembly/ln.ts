import { mulAdd } from './lanes';
import { FIFTH, FOUR, HALF, LN2, LN2_REST, NINTH, ONE, ROOT_HALF, SEVENTH, THIRD } from './vectors';

/** e of a positive float x = m·2ᵉ, √½ ≤ m < √2. */
export function exponentOf(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, ROOT_HALF), 23);
}

/**
 * 2 ln m from x = m·2ᵉ: with s = (m − 1)/(m + 1), ln m = 2s (1 + s²/3 + s⁴/5 + s⁶/7 + s⁸/9 + …); |s| < 0.172, the first
 * term left out is below 3e-9 of the sum.
 */
export function twiceLnOfRest(x: v128, e: v128): v128 {
  const m = i32x4.sub(x, i32x4.shl(e, 23));
  const s = f32x4.div(f32x4.sub(m, ONE), f32x4.add(m, ONE));
  const s2 = f32x4.mul(s, s);
  let series = mulAdd(NINTH, s2, SEVENTH);
  series = mulAdd(series, s2, FIFTH);
  series = mulAdd(series, s2, THIRD);
  series = mulAdd(series, s2, ONE);
  return f32x4.mul(f32x4.mul(s, FOUR), series);
}

/** ln x = e ln 2 + ln m to an ulp or so, for x above 0. */
export function ln(x: v128): v128 {
  const e = exponentOf(x);
  const exponent = f32x4.convert_i32x4_s(e);
  const rest = mulAdd(exponent, LN2_REST, f32x4.mul(HALF, twiceLnOfRest(x, e)));
  return mulAdd(exponent, LN2, rest);
}
