import { exp, upFromHalf } from './exp';
import { load, mulAdd, store } from './lanes';
import { ln } from './ln';
import { F7, F8, F9, HALF, ONE } from './vectors';

/**
 * variance = e^(2R) and the KL of the weights: ½ Σ [ (M − m₀)²/p² + f(u) ], f(u) = e^u − 1 − u, u = 2 (R − ln p), with
 * e^u = variance/p²; near u = 0 by the series of `gaussian/kl.ts`. R is ln A_scale, M is A_mean.
 *
 * @param P the prior's stddevs, or 0: then one for all weights is given, by its ln p and 1/p²
 * @param M0 the prior's means, or 0: then m₀ is that of all weights
 */
export function varianceAndKL(
  M: usize,
  R: usize,
  variance: usize,
  n: i32,
  lnP: f32,
  invP2: f32,
  P: usize,
  M0: usize,
  m0: f32,
): f64 {
  let total: f64 = 0;
  let ofLnP = f32x4.splat(lnP);
  let ofInvP2 = f32x4.splat(invP2);
  for (let start = 0; start < n; start += BLOCK) {
    const end = min(start + BLOCK, n);
    let sum = f32x4.splat(0);
    for (let i = start; i < end; i += 4) {
      const at = (<usize>i) << 2;
      const rest = n - i;
      const r = load(R + at, rest);
      const m = f32x4.sub(load(M + at, rest), M0 ? load(M0 + at, rest) : f32x4.splat(m0));
      if (P) {
        const p = load(P + at, rest);
        ofLnP = ln(p);
        ofInvP2 = f32x4.div(ONE, f32x4.mul(p, p));
      }
      const v = exp(f32x4.add(r, r));
      store(variance + at, v, rest);
      let u = f32x4.sub(r, ofLnP);
      u = f32x4.add(u, u);
      let f = f32x4.sub(f32x4.sub(f32x4.mul(v, ofInvP2), ONE), u);
      const near = f32x4.lt(f32x4.abs(u), HALF);
      if (v128.any_true(near)) f = v128.bitselect(expm1MinusSeries(u), f, near);
      f = mulAdd(f32x4.mul(m, m), ofInvP2, f);
      if (rest < 4) f = v128.and(f, i32x4(-1, rest > 1 ? -1 : 0, rest > 2 ? -1 : 0, 0));
      sum = f32x4.add(sum, f);
    }
    const pairs = f64x2.add(
      f64x2.promote_low_f32x4(sum),
      f64x2.promote_low_f32x4(
        i8x16.shuffle(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
      ),
    );
    total += f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  }
  return 0.5 * total;
}

/** Numbers that are summed in float32 before the sum goes on in float64: 32 for each of four lanes. */
const BLOCK: i32 = 128;

/** dR = dKL · (e^u − 1) + 2 · dV ⊙ V, with V = A_variance. */
export function lnScaleGradient(
  dV: usize,
  V: usize,
  R: usize,
  out: usize,
  n: i32,
  dKL: f32,
  lnP: f32,
  invP2: f32,
  P: usize,
): void {
  let ofLnP = f32x4.splat(lnP);
  let ofInvP2 = f32x4.splat(invP2);
  for (let i = 0; i < n; i += 4) {
    const at = (<usize>i) << 2;
    const rest = n - i;
    const v = load(V + at, rest);
    const r = load(R + at, rest);
    if (P) {
      const p = load(P + at, rest);
      ofLnP = ln(p);
      ofInvP2 = f32x4.div(ONE, f32x4.mul(p, p));
    }
    let u = f32x4.sub(r, ofLnP);
    u = f32x4.add(u, u);
    let slope = f32x4.sub(f32x4.mul(v, ofInvP2), ONE);
    const near = f32x4.lt(f32x4.abs(u), HALF);
    if (v128.any_true(near)) slope = v128.bitselect(f32x4.add(u, expm1MinusSeries(u)), slope, near);
    const d = load(dV + at, rest);
    store(out + at, mulAdd(f32x4.add(d, d), v, f32x4.mul(slope, f32x4.splat(dKL))), rest);
  }
}

/** e^u − 1 − u for |u| < ½: u² · Σ u^k/(k + 2)!, k = 0 … 7; the next term is below 3e-9 of the sum. */
function expm1MinusSeries(u: v128): v128 {
  const y = mulAdd(mulAdd(F9, u, F8), u, F7);
  return f32x4.mul(f32x4.mul(u, u), upFromHalf(y, u));
}

/** One step of Adam, from old to new places: nobody who shares the old ones sees a change. */
export function adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  newW: usize,
  newM: usize,
  newV: usize,
  n: i32,
  learningRate: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  correction1: f32,
  correction2: f32,
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
): void {
  for (let i = 0; i < n; i += 4) {
    const at = (<usize>i) << 2;
    const rest = n - i;
    const gradient = load(g + at, rest);
    const first = mulAdd(
      load(m + at, rest),
      f32x4.splat(beta1),
      f32x4.mul(gradient, f32x4.splat(oneMinusBeta1)),
    );
    const second = mulAdd(
      load(v + at, rest),
      f32x4.splat(beta2),
      f32x4.mul(f32x4.mul(gradient, gradient), f32x4.splat(oneMinusBeta2)),
    );
    store(newM + at, first, rest);
    store(newV + at, second, rest);
    const mean = f32x4.div(first, f32x4.splat(correction1));
    const root = f32x4.add(f32x4.sqrt(f32x4.div(second, f32x4.splat(correction2))), f32x4.splat(epsilon));
    const step = f32x4.mul(f32x4.splat(learningRate), f32x4.div(mean, root));
    store(newW + at, f32x4.sub(load(w + at, rest), step), rest);
  }
}
