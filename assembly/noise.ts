import { mulAdd, mulSub } from './lanes';
import { exponentOf, twiceLnOfRest } from './ln';
import {
  F3,
  F4,
  F5,
  F6,
  F7,
  F8,
  F9,
  HALF,
  LN4,
  MURMUR1,
  MURMUR2,
  ONE,
  QUARTER,
  SIGN,
  THIRTY_ONE,
} from './vectors';

/** How many numbers are made at a time: few enough for the processor's nearest memory. */
const BLOCK: i32 = 1024;

/**
 * n standard normal numbers: `noise.ts` of the package says how, and computes the same in JavaScript.
 *
 * The bits of many are made first, then their radii, then the numbers: in a short loop the processor goes on to the next
 * ones while a root is computed, of a long one it holds not even two turns.
 *
 * @param spare room for 1024 numbers
 */
export function normals(out: usize, n: i32, k0: i32, k1: i32, k2: i32, k3: i32, spare: usize): void {
  let counter = i32x4(0, 1, 2, 3);
  for (let start = 0; start < n; start += BLOCK) {
    const size = min(BLOCK, n - start);
    for (let at = spare; at < spare + ((<usize>size) << 2); at += 32) {
      v128.store(at, bits(counter, k0, k1));
      v128.store(at, bits(counter, k2, k3), 16);
      counter = i32x4.add(counter, i32x4.splat(4));
    }
    for (let at = spare; at < spare + ((<usize>size) << 2); at += 32) v128.store(at, radiusOf(v128.load(at)));
    for (let i = 0, at = spare; i < size; i += 8, at += 32, out += 32) {
      const radius = v128.load(at);
      const angle = v128.load(at, 16);
      // A turn in four quarters around the axes: the angle from the axis, then which of the axes.
      const t = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(angle, 2)), QUARTER);
      const t2 = f32x4.mul(t, t);
      const sine = f32x4.mul(t, sineSeries(t2));
      const cosine = v128.xor(cosineSeries(t2), v128.and(angle, SIGN));
      const swap = i32x4.shr_s(i32x4.shl(angle, 1), 31);
      // The last block, where n is no multiple of 8, is cut to what there is room for.
      const to = size - i >= 8 ? out : spare;
      v128.store(to, f32x4.mul(radius, v128.bitselect(sine, cosine, swap)));
      v128.store(to, f32x4.mul(radius, v128.bitselect(cosine, sine, swap)), 16);
      if (to === spare) memory.copy(out, spare, (<usize>(size - i)) << 2);
    }
  }
}

function bits(counter: v128, key: i32, key2: i32): v128 {
  return finalise(i32x4.add(finalise(v128.xor(counter, i32x4.splat(key))), i32x4.splat(key2)));
}

/** murmur3's 32-bit finaliser (Appleby 2011). */
function finalise(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), MURMUR1);
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), MURMUR2);
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** √(−2 ln u), u = (k + ½)/2³¹ from the upper 31 bits k, with k + ½ = m·2ᵉ. */
function radiusOf(random: v128): v128 {
  const x = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(random, 1)), HALF);
  const e = exponentOf(x);
  // −2 ln u = −2 (e − 31) ln 2 − 2 ln m; near u = 1 the two would cancel, but there e is 31 and the first is 0.
  const exponent = f32x4.convert_i32x4_s(i32x4.sub(THIRTY_ONE, e));
  const y = f32x4.sub(f32x4.mul(exponent, LN4), twiceLnOfRest(x, e));
  // No NaN comes here: `pmax` takes one instruction where `max` takes nine.
  return f32x4.sqrt(f32x4.pmax(f32x4.splat(0), y));
}

/** sin t / t for |t| ≤ π/4, cut where a term is below 2e-9. */
function sineSeries(t2: v128): v128 {
  let y = mulSub(F9, t2, F7);
  y = mulAdd(y, t2, F5);
  y = mulSub(y, t2, F3);
  return mulAdd(y, t2, ONE);
}

/** cos t for |t| ≤ π/4, cut where a term is below 3e-8. */
function cosineSeries(t2: v128): v128 {
  let y = mulSub(F8, t2, F6);
  y = mulAdd(y, t2, F4);
  y = mulSub(y, t2, HALF);
  return mulAdd(y, t2, ONE);
}
