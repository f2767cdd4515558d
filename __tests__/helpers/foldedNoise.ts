/** The noise of folded draws out of that of single ones: for each draw the tensors that the estimator asks for, flat. */
import * as tf from '@tensorflow/tfjs';
import type { FoldedNoise } from '../../src/noise/foldedNoise';

/** @param of the numbers of draw s, [part][...] */
export function foldedNoiseOf(rows: number, of: ReadonlyArray<readonly number[][]>): FoldedNoise {
  const draws = of.length;
  const forRows = (shape: readonly number[], part: number): tf.Tensor => {
    const n = tf.util.sizeFromShape([...shape]);
    const row = (b: number): number[] => of.flatMap((noise) => noise[part]!.slice(b * n, (b + 1) * n));
    return tf.tensor(Array.from({ length: rows }, (_, b) => row(b)).flat(), [rows * draws, ...shape]);
  };
  return {
    block: { firstRow: 0, rows, firstDraw: 0, draws },
    perRow: (shape) => forRows(shape, 0),
    perRowOfPass: forRows,
    perDraw: (shape, part = 0) => tf.tensor(of.flatMap((noise) => noise[part]!), [draws, ...shape]), // prettier-ignore
    seedOf: () => {
      throw new Error('No seeds here.');
    },
  };
}
