/**
 * Standard normal numbers out of four keys: number i is a function of the keys and i alone. Box & Muller 1958, in pairs
 *
 *     r = √(−2 ln u),   z = r cos θ and r sin θ
 *
 * with 31 random bits for u and 32 for θ, each two rounds of murmur3's finaliser (Appleby 2011) over a counter, a key
 * before each round. The SIMD loop in `assembly/noise.ts` computes the same, to float rounding, ten times as fast.
 */
import { Desk, ownSimd } from './memory';
import { SPARE } from './simd';

export type Keys = readonly [number, number, number, number];

/** n numbers in a fresh array. */
export const normals = (n: number, keys: Keys): Float32Array =>
  normalsBySimd(n, keys)?.slice() ?? normalsInJavaScript(n, keys);

/**
 * n numbers that are to be copied at once: those that are made next lie in the same place. TensorFlow copies only what
 * is not aligned for its vectors, and takes anything else as its own: they start one float behind a whole vector.
 */
export const normalsToCopy = (n: number, keys: Keys): Float32Array =>
  normalsBySimd(n, keys) ?? normalsInJavaScript(n, keys);

/** For a page whose content policy forbids WebAssembly. */
export function normalsInJavaScript(n: number, [k0, k1, k2, k3]: Keys): Float32Array {
  // In blocks of eight: four pairs, whose second halves come behind the first.
  const out = new Float32Array(Math.ceil(n / 8) * 8);
  for (let i = 0, counter = 0; i < n; counter++, i += counter % 4 === 0 ? 5 : 1) {
    const radius = Math.sqrt(-2 * Math.log(((bits(counter, k0, k1) >>> 1) + 0.5) / 2 ** 31));
    const angle = bits(counter, k2, k3);
    // A turn in four quarters around the axes: the angle from the axis, then which of the axes.
    const t = (angle << 2) * (Math.PI / 4 / 2 ** 31);
    const sine = Math.sin(t);
    const cosine = angle < 0 ? -Math.cos(t) : Math.cos(t);
    const swap = (angle & 0x40000000) !== 0;
    out[i] = radius * (swap ? sine : cosine);
    out[i + 4] = radius * (swap ? cosine : sine);
  }
  return out.subarray(0, n);
}

const bits = (counter: number, key: number, key2: number): number =>
  finalise((finalise(counter ^ key) + key2) | 0);

/** murmur3's 32-bit finaliser, a bijection. */
export function finalise(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function normalsBySimd(n: number, keys: Keys): Float32Array | undefined {
  const simd = ownSimd();
  if (simd === undefined) return undefined;
  const desk = new Desk();
  if (!desk.hasRoom(SPARE + 4 + n)) return undefined;
  const [spare, out] = [desk.room(SPARE), desk.room(1 + n) + 4];
  simd.normals(out, n, ...keys, spare);
  return desk.view(out, n);
}
