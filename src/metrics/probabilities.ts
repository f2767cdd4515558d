/**
 * Class probabilities, labels and scores as the metrics take them, checked down to their values.
 *
 * Looking at values is a synchronous download from a GPU, of two or three numbers an example. A metric is asked for
 * once and a wrong one looks like a right one: here it is worth it.
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, isTensor, refuse, shown, shownShape } from '../check';

/** One number for each example, [N]: a tensor, a typed array or a plain one. */
export type NumberPerExample = tf.Tensor | ArrayLike<number>;

/** How far the sum of a row may be from 1: the float32 sum of 1000 probabilities is off by less than a tenth of it. */
const TOLERANCE = 1e-3;

/**
 * Refuses what is not probabilities over the last axis: float32, of two classes or more, not negative, with the sum 1.
 *
 * @param axes the names of the axes; '...' in front stands for any number of them.
 */
export function checkProbabilities(who: string, name: string, p: tf.Tensor, axes: readonly string[]): void {
  if (!isTensor(p))
    refuse(who, `${name} must be a tensor [${axes.join(', ')}]`, shown(p), 'wrap it: tf.tensor(…)');
  checkFloat32(who, name, p);
  const rankFits = axes[0] === '...' ? p.rank >= 1 : p.rank === axes.length;
  if (!rankFits || p.size === 0)
    refuse(who, `${name} must have the shape [${axes.join(', ')}] and hold numbers`, shownShape(p.shape));
  if (p.shape.at(-1) === 1)
    refuse(
      who,
      `${name} must have a column for every class`,
      shownShape(p.shape),
      'a sigmoid p becomes tf.concat([tf.sub(1, p), p], -1)',
    );

  const leastAndSum = tf.tidy(() => tf.stack([tf.min(p, -1), tf.sum(p, -1)], -1));
  const values = leastAndSum.dataSync();
  leastAndSum.dispose();
  for (let i = 0; i < values.length; i += 2) {
    const [least, sum] = [values[i]!, values[i + 1]!];
    const remedy = 'if they are logits, apply tf.softmax';
    if (!(Math.abs(sum - 1) <= TOLERANCE))
      refuse(
        who,
        `every row of ${name} must sum to 1`,
        `a sum of ${sum} in ${shownRow(i / 2, p.shape)}`,
        remedy,
      );
    if (least < 0)
      refuse(who, `${name} must not be negative`, `${least} in ${shownRow(i / 2, p.shape)}`, remedy);
  }
}

/** The labels as a fresh int32 tensor [N], each of them checked to be one of the C columns of the probabilities. */
export function classIndices(who: string, labels: NumberPerExample, probabilities: tf.Tensor): tf.Tensor1D {
  const [N, C] = probabilities.shape as [number, number];
  const y = numbersOf(who, 'labels', labels, 'a one-hot matrix becomes class indices by argMax(-1)');
  if (y.length !== N)
    refuse(who, `labels must be as many as the rows of probabilities, ${N}`, String(y.length));
  const bad = y.findIndex((v) => !(Number.isInteger(v) && v >= 0 && v < C));
  if (bad >= 0) refuse(who, `labels must be whole numbers from 0 to ${C - 1}`, `${y[bad]!} in row ${bad}`);
  return tf.tensor1d(Int32Array.from(y), 'int32');
}

/** A copy of the numbers of a tensor or an array [N], which are not NaN. */
export function numbersOf(who: string, name: string, given: NumberPerExample, remedy: string): Float64Array {
  const isList = isTensor(given) ? given.rank === 1 : isFlatArray(given);
  if (!isList) refuse(who, `${name} must be one number for each example, [N]`, shown(given), remedy);
  const values = Float64Array.from(isTensor(given) ? given.dataSync() : given);
  if (values.length === 0) refuse(who, `${name} must hold numbers`, 'none');
  const bad = values.findIndex((v) => Number.isNaN(v));
  if (bad >= 0) refuse(who, `${name} must be numbers`, `NaN in row ${bad}`);
  return values;
}

function isFlatArray(given: unknown): boolean {
  if (Array.isArray(given)) return given.every((v) => typeof v === 'number');
  return ArrayBuffer.isView(given) && 'length' in given;
}

/** `row 4` of a matrix, `row [2, 4]` where there are more axes in front of the last. */
function shownRow(i: number, shape: readonly number[]): string {
  const row: number[] = [];
  for (const n of shape.slice(0, -1).reverse()) {
    row.unshift(i % n);
    i = Math.floor(i / n);
  }
  return `row ${row.length === 1 ? row[0]! : shownShape(row)}`;
}
