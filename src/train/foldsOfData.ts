/** Rows in K parts of nearly equal size, which a seed decides: each is held out once from all others. */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { foldIn } from '../noise/noise';
import { asColumns, inOrder, inputNames, outputNames, rowsOf } from '../model/data';
import type { EvaluationData } from './evaluateElbo';

export interface Rows {
  x: tf.Tensor[];
  y: tf.Tensor[];
  rows: number;
}

export class FoldsOfData {
  private readonly x: tf.Tensor[];
  private readonly y: tf.Tensor[];
  private readonly order: number[];

  /** @throws if the data are not what the model takes, or there are fewer rows than folds. */
  constructor(
    who: string,
    model: tf.LayersModel,
    data: EvaluationData,
    private readonly folds: number,
    seed: number,
  ) {
    this.x = inOrder(who, 'data.x', data.x, inputNames(model));
    this.y = inOrder(who, 'data.y', data.y, outputNames(model));
    const rows = rowsOf(who, 'data', [...this.x, ...this.y]);
    if (rows < folds) refuse(who, `there must be at least one row for each of ${folds} folds`, String(rows));
    this.order = shuffled(rows, seed);
  }

  /** The rows of one part and those of the others, fresh tensors; targets [N] are columns [N, 1]. */
  fold(k: number): { train: Rows; heldOut: Rows } {
    const heldOut = this.order.filter((_, i) => i % this.folds === k);
    const train = this.order.filter((_, i) => i % this.folds !== k);
    return { train: this.gathered(train), heldOut: this.gathered(heldOut) };
  }

  private gathered(rows: number[]): Rows {
    const of = (tensors: tf.Tensor[]): tf.Tensor[] =>
      tf.tidy(() => {
        const indices = tf.tensor1d(rows, 'int32');
        return asColumns(tensors).map((t) => tf.gather(t, indices));
      });
    return { x: of(this.x), y: of(this.y), rows: rows.length };
  }
}

/** 0 … n − 1, by a random key each. */
function shuffled(n: number, seed: number): number[] {
  const keys = Array.from({ length: n }, (_, i) => foldIn(seed, i));
  return Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!);
}
