import { mulAdd } from './lanes';

/**
 * n standard normal numbers: `noise.ts` of the package says how, and computes the same in JavaScript.
 *
 * @param spare room for 16 numbers, for the last ones where n is no multiple of 16
 */
export function normals(out: usize, n: i32, k0: i32, k1: i32, k2: i32, k3: i32, spare: usize): void {
  const whole = n & ~15;
  blocks(out, 0, whole, k0, k1, k2, k3);
  if (whole === n) return;
  blocks(spare, whole, whole + 16, k0, k1, k2, k3);
  memory.copy(out + ((<usize>whole) << 2), spare, (<usize>(n - whole)) << 2);
}

/** Two blocks in a turn, since the constants take a third of the time of one, and two share them. */
function blocks(to: usize, from: i32, until: i32, k0: i32, k1: i32, k2: i32, k3: i32): void {
  let counter = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(from >> 1));
  for (let i = from; i < until; i += 16) {
    block(to, counter, k0, k1, k2, k3);
    block(to + 32, i32x4.add(counter, i32x4.splat(4)), k0, k1, k2, k3);
    counter = i32x4.add(counter, i32x4.splat(8));
    to += 64;
  }
}

/** Eight numbers: four pairs, whose second halves come behind the first. */
@inline
function block(to: usize, counter: v128, k0: i32, k1: i32, k2: i32, k3: i32): void {
  const radius = radiusOf(bits(counter, k0, k1));
  const angle = bits(counter, k2, k3);
  // A turn in four quarters around the axes: the angle from the axis, then which of the axes.
  const t = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(angle, 2)), f32x4.splat(QUARTER));
  const t2 = f32x4.mul(t, t);
  const sine = f32x4.mul(t, sineSeries(t2));
  const cosine = v128.xor(cosineSeries(t2), v128.and(angle, i32x4.splat(0x80000000)));
  const swap = i32x4.shr_s(i32x4.shl(angle, 1), 31);
  v128.store(to, f32x4.mul(radius, v128.bitselect(sine, cosine, swap)));
  v128.store(to, f32x4.mul(radius, v128.bitselect(cosine, sine, swap)), 16);
}

/** π/4 / 2³¹ */
const QUARTER: f32 = <f32>(3.141592653589793 / 4 / 2147483648.0);

function bits(counter: v128, key: i32, key2: i32): v128 {
  return finalise(i32x4.add(finalise(v128.xor(counter, i32x4.splat(key))), i32x4.splat(key2)));
}

/** murmur3's 32-bit finaliser (Appleby 2011). */
function finalise(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/**
 * √(−2 ln u), u = (k + ½)/2³¹ from the upper 31 bits k. With k + ½ = m·2ᵉ, √½ ≤ m < √2, and s = (m − 1)/(m + 1),
 * ln m = 2s (1 + s²/3 + s⁴/5 + s⁶/7 + s⁸/9 + …); |s| < 0.172, the first term left out is below 3e-9 of the sum.
 */
function radiusOf(random: v128): v128 {
  const x = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(random, 1)), f32x4.splat(0.5));
  const e = i32x4.shr_s(i32x4.sub(x, i32x4.splat(ROOT_HALF)), 23);
  const m = i32x4.sub(x, i32x4.shl(e, 23));
  const s = f32x4.div(f32x4.sub(m, f32x4.splat(1)), f32x4.add(m, f32x4.splat(1)));
  const s2 = f32x4.mul(s, s);
  let series = f32x4.splat(1 / 9.0);
  series = mulAdd(series, s2, f32x4.splat(1 / 7.0));
  series = mulAdd(series, s2, f32x4.splat(1 / 5.0));
  series = mulAdd(series, s2, f32x4.splat(1 / 3.0));
  series = mulAdd(series, s2, f32x4.splat(1));
  // −2 ln u = −2 (e − 31) ln 2 − 4s·series; near u = 1 the two would cancel, but there e is 31 and the first is 0.
  const exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.splat(31), e));
  const y = f32x4.sub(
    f32x4.mul(exponent, f32x4.splat(1.38629436)),
    f32x4.mul(f32x4.mul(s, f32x4.splat(4)), series),
  );
  // No NaN comes here: `pmax` takes one instruction where `max` takes nine.
  return f32x4.sqrt(f32x4.pmax(f32x4.splat(0), y));
}

/** The bits of the float √½. */
const ROOT_HALF: i32 = 0x3f3504f3;

/** sin t / t for |t| ≤ π/4, cut where a term is below 2e-9. */
function sineSeries(t2: v128): v128 {
  let y = f32x4.splat(1 / 362880.0);
  y = mulAdd(y, t2, f32x4.splat(-1 / 5040.0));
  y = mulAdd(y, t2, f32x4.splat(1 / 120.0));
  y = mulAdd(y, t2, f32x4.splat(-1 / 6.0));
  return mulAdd(y, t2, f32x4.splat(1));
}

/** cos t for |t| ≤ π/4, cut where a term is below 3e-8. */
function cosineSeries(t2: v128): v128 {
  let y = f32x4.splat(1 / 40320.0);
  y = mulAdd(y, t2, f32x4.splat(-1 / 720.0));
  y = mulAdd(y, t2, f32x4.splat(1 / 24.0));
  y = mulAdd(y, t2, f32x4.splat(-0.5));
  return mulAdd(y, t2, f32x4.splat(1));
}
