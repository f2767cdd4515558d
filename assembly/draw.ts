import { load, mulAdd, store } from './lanes';

/** σ = √variance, z = mean + σ ε. */
export function reparameterize(
  mean: usize,
  variance: usize,
  noise: usize,
  z: usize,
  sigma: usize,
  n: i32,
): void {
  for (let i = 0; i < n; i += 4) {
    const at = (<usize>i) << 2;
    const rest = n - i;
    const s = f32x4.sqrt(load(variance + at, rest));
    store(sigma + at, s, rest);
    store(z + at, mulAdd(s, load(noise + at, rest), load(mean + at, rest)), rest);
  }
}

/** dz ε / (2σ), 0 where σ = 0. */
export function varianceGradient(dz: usize, noise: usize, sigma: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const at = (<usize>i) << 2;
    const rest = n - i;
    const s = load(sigma + at, rest);
    const d = f32x4.div(f32x4.mul(load(dz + at, rest), load(noise + at, rest)), f32x4.add(s, s));
    store(out + at, v128.andnot(d, f32x4.eq(s, f32x4.splat(0))), rest);
  }
}
