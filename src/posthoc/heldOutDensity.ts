/**
 * ln of the predictive density of held-out targets, as a function of the one number that calibrates it: the mixture over the
 * draws, each target by itself, as `mean()` and `interval()` take them. Numbers on the host, in double precision.
 *
 *     classes    ln 1/S Σ_s softmax(l_s / T)_y
 *     numbers    ln 1/S Σ_s p_s(m + (y − m)/s) − ln s,     m the mean of the draws
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, sameShape, shownShape } from '../check';
import { familyOf } from '../families/familyOf';
import type { Likelihood } from '../likelihoods/likelihood';

/** ln p of every target, [targets], at a temperature or scale. */
export type Density = (value: number) => Float64Array;

/** Beyond every logit; infinite ones count as this. */
const MOST = 1e30;

/**
 * @param draws [S, N, ...outputs] as the model puts them out; the caller's.
 * @param y targets as the loss takes them, or [N] for [N, 1]; class indices or one-hot rows; the caller's.
 */
export async function heldOutDensity(
  who: string,
  likelihood: Likelihood,
  draws: tf.Tensor,
  y: tf.Tensor,
): Promise<Density> {
  const family = familyOf(likelihood);
  if (family.logits === undefined) return ofNumbers(who, likelihood, draws, y);
  const logits = tf.tidy(() => family.logits!(likelihood, draws));
  const numbers = await read(logits, draws);
  const S = draws.shape[0];
  const isBernoulli = likelihood.family === 'bernoulli';
  const labels = await labelsOf(who, draws.shape.slice(1), y, isBernoulli);
  const C = isBernoulli ? 1 : draws.shape.at(-1)!;
  return ofLogits(numbers, labels, S, C);
}

/** Of a label that is yes or no the logits are 0 and the one that is given. */
function ofLogits(numbers: ArrayLike<number>, labels: Int32Array, S: number, C: number): Density {
  const M = labels.length;
  const logit = (s: number, m: number, c: number): number => {
    const l = C === 1 && c === 0 ? 0 : numbers[(s * M + m) * C + (C === 1 ? 0 : c)]!;
    return Math.min(Math.max(l, -MOST), MOST);
  };
  const classes = Math.max(C, 2);
  return (T) =>
    mixture(M, S, (m, s) => {
      let top = -Infinity;
      for (let c = 0; c < classes; c++) top = Math.max(top, logit(s, m, c));
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += Math.exp((logit(s, m, c) - top) / T);
      return (logit(s, m, labels[m]!) - top) / T - Math.log(sum);
    });
}

async function ofNumbers(
  who: string,
  likelihood: Likelihood,
  draws: tf.Tensor,
  y: tf.Tensor,
): Promise<Density> {
  const family = familyOf(likelihood);
  const [S, ...row] = draws.shape as [number, ...number[]];
  const C = row.at(-1)!;
  const K = family.hasRawScales(likelihood) ? C / 2 : C;
  const targets = await numbersOf(who, [...row.slice(0, -1), K], y);
  const numbers = await read(draws, draws);
  const M = targets.length;
  /** Where target m stands in draw s. */
  const at = (m: number, s: number): number => ((s * M) / K + Math.floor(m / K)) * C + (m % K);
  const means = targets.map((_, m) => {
    let sum = 0;
    for (let s = 0; s < S; s++) sum += numbers[at(m, s)]!;
    return sum / S;
  });
  return (scale) =>
    mixture(M, S, (m, s) => {
      const i = at(m, s);
      const shrunk = means[m]! + (targets[m]! - means[m]!) / scale;
      return family.lnDensity!(likelihood, shrunk, numbers[i]!, numbers[i + K]!) - Math.log(scale);
    });
}

/** ln 1/S Σ_s e^f(m, s) for each m. */
function mixture(M: number, S: number, f: (m: number, s: number) => number): Float64Array {
  const ofDraws = new Float64Array(S);
  return Float64Array.from({ length: M }, (_, m) => {
    let top = -Infinity;
    for (let s = 0; s < S; s++) {
      ofDraws[s] = f(m, s);
      top = Math.max(top, ofDraws[s]!);
    }
    if (top === -Infinity) return -Infinity;
    let sum = 0;
    for (let s = 0; s < S; s++) sum += Math.exp(ofDraws[s]! - top);
    return top + Math.log(sum / S);
  });
}

async function read(t: tf.Tensor, kept: tf.Tensor): Promise<Float32Array> {
  const numbers = (await t.data()) as Float32Array;
  if (t !== kept) t.dispose();
  return numbers;
}

/** @param row shape of the outputs, rows first */
async function labelsOf(who: string, row: number[], y: tf.Tensor, isBernoulli: boolean): Promise<Int32Array> {
  const values = await y.data();
  const C = isBernoulli ? 2 : row.at(-1)!;
  const indices = isBernoulli ? row : row.slice(0, -1);
  const fits = [indices, [...indices, 1], row[1] === 1 ? [row[0]!] : indices].some((s) =>
    sameShape(y.shape, s),
  );
  if (!fits && !sameShape(y.shape, row))
    refuse(
      who,
      `y must be class indices ${shownShape(indices)} or one-hot rows ${shownShape(row)}`,
      shownShape(y.shape),
    );
  if (fits) {
    const bad = values.findIndex((v) => !(Number.isInteger(v) && v >= 0 && v < C));
    if (bad >= 0) refuse(who, `y must hold whole numbers from 0 to ${C - 1}`, `a value of ${values[bad]!}`);
    return Int32Array.from(values);
  }
  return Int32Array.from({ length: values.length / C }, (_, n) => {
    const one = Array.from(values.subarray(n * C, (n + 1) * C));
    const hot = one.indexOf(1);
    if (hot < 0 || one.some((v, c) => v !== 0 && c !== hot))
      refuse(who, 'every row of y must be one-hot', `[${one.join(', ')}]`);
    return hot;
  });
}

async function numbersOf(who: string, shape: number[], y: tf.Tensor): Promise<Float64Array> {
  const asColumn = y.rank === 1 ? [...y.shape, 1] : y.shape;
  if (!sameShape(asColumn, shape))
    refuse(who, `y must have the shape ${shownShape(shape)}`, shownShape(y.shape));
  const values = Float64Array.from(await y.data());
  const bad = values.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) refuse(who, 'y must hold finite numbers', `a value of ${values[bad]!}`);
  return values;
}
