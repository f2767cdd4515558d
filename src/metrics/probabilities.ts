/**
 * Class probabilities, labels and scores as the metrics take them, checked down to their values.
 *
 * Looking at values is a synchronous download from a GPU, of two or three numbers per example. A metric is asked for
 * once and a wrong one looks like a right one: here it is worth it.
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, isLive, isTensor, refuse, shown, shownShape } from '../check';

/** One number for each example, [N]: a tensor, a typed array or a plain one. */
export type NumberPerExample = tf.Tensor | ArrayLike<number>;

/**
 * The class of each example: its index, [N] or [N, 1], or one-hot rows [N, C]; a tensor of any numeric dtype, a typed array,
 * a plain one or one of rows.
 */
export type ClassLabels = NumberPerExample | ReadonlyArray<ArrayLike<number>>;

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
export function classIndices(who: string, labels: ClassLabels, probabilities: tf.Tensor): tf.Tensor1D {
  const [N, C] = probabilities.shape as [number, number];
  const y = labelsOf(who, 'labels', labels, C);
  if (y.length !== N)
    refuse(who, `there must be as many labels as rows of probabilities, ${N}`, String(y.length));
  const bad = y.findIndex((v) => !(Number.isInteger(v) && v >= 0 && v < C));
  if (bad >= 0) refuse(who, `labels must be whole numbers from 0 to ${C - 1}`, `${y[bad]!} in row ${bad}`);
  return tf.tensor1d(Int32Array.from(y), 'int32');
}

/** The indices of [N], of [N, 1], or of one-hot rows [N, C]: a copy, in which nothing is NaN. */
export function labelsOf(who: string, name: string, labels: ClassLabels, C: number): Float64Array {
  const table = tableOf(labels);
  if (table === undefined || (table.width !== 1 && table.width !== C))
    refuse(who, `${name} must be class indices [N] or [N, 1], or one-hot rows [N, ${C}]`, shown(labels));
  const values = checkedNumbers(who, name, table);
  return table.width === 1 ? values : hotIndices(who, name, values, C);
}

function hotIndices(who: string, name: string, values: Float64Array, C: number): Float64Array {
  return Float64Array.from({ length: values.length / C }, (_, n) => {
    const row = Array.from(values.subarray(n * C, (n + 1) * C));
    const hot = row.indexOf(1);
    if (hot < 0 || row.some((v, c) => v !== 0 && c !== hot))
      refuse(
        who,
        `every row of ${name} must be one-hot`,
        `${shown(row)} in row ${n}`,
        'argMax(-1) makes class indices of soft labels',
      );
    return hot;
  });
}

/** A copy of the numbers of a tensor or an array [N], which are not NaN. */
export function numbersOf(who: string, name: string, given: NumberPerExample, remedy: string): Float64Array {
  const isList = isTensor(given) ? given.rank === 1 : isFlatArray(given);
  const table = isList ? tableOf(given) : undefined;
  if (table === undefined)
    refuse(who, `${name} must be one number for each example, [N]`, shown(given), remedy);
  return checkedNumbers(who, name, table);
}

/** Numbers in rows of equal width, one row behind the other. */
interface Table {
  values: ArrayLike<number>;
  width: number;
}

/** [N] is a table of one column. @returns nothing if it is neither that nor [N, width] */
function tableOf(given: unknown): Table | undefined {
  if (isLive(given))
    return given.rank === 1 || given.rank === 2
      ? { values: given.dataSync(), width: given.shape[1] ?? 1 }
      : undefined;
  if (isFlatArray(given)) return { values: given, width: 1 };
  if (!Array.isArray(given) || !given.every(isFlatArray)) return undefined;
  const width = given[0]!.length;
  if (given.some((row) => row.length !== width)) return undefined;
  return { values: given.flatMap((row) => Array.from(row)), width };
}

function checkedNumbers(who: string, name: string, { values, width }: Table): Float64Array {
  const numbers = Float64Array.from(values);
  if (numbers.length === 0) refuse(who, `${name} must hold numbers`, 'none');
  const bad = numbers.findIndex((v) => Number.isNaN(v));
  if (bad >= 0) refuse(who, `${name} must be numbers`, `NaN in row ${Math.floor(bad / width)}`);
  return numbers;
}

function isFlatArray(given: unknown): given is ArrayLike<number> {
  if (Array.isArray(given)) return given.every((v) => typeof v === 'number');
  // Of the views of bytes, a DataView has no numbers and a BigInt64Array others.
  return ArrayBuffer.isView(given) && 'length' in given && typeof (given as Uint8Array)[0] !== 'bigint';
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
