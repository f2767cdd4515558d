/**
 * The noise of many draws that go through a model side by side.
 *
 * S draws for B rows are folded into one tensor [B·S, ...]: the S draws of a row stand behind one another. Its noise is
 * a function of the seed, the row's and the draw's number alone: into which batches the rows are cut changes nothing.
 */
import * as tf from '@tensorflow/tfjs';
import { foldIn, seedOfPart, standardNormal } from './noise';

/** Which of all rows and which of all draws are folded together. */
export interface Block {
  firstRow: number;
  rows: number;
  firstDraw: number;
  draws: number;
}

export interface FoldedNoise {
  readonly block: Block;
  /** Numbers of its own for each row and draw, [B·S, ...shape]; other ones for each visit. */
  perRow: (shape: readonly number[]) => tf.Tensor;
  /** The same at every visit. `part` tells the tensors of one layer apart. */
  perRowOfPass: (shape: readonly number[], part: number) => tf.Tensor;
  /** For each draw numbers that all rows share, [S, ...shape]. `part` tells the tensors of one layer apart. */
  perDraw: (shape: readonly number[], part?: number) => tf.Tensor;
  /** For a layer that makes its draws one by one: the seed of draw s of the block, in which all rows share or not. */
  seedOf: (s: number, rowsShare: boolean) => number;
}

/**
 * So many draws of so many rows have a seed together, and their numbers are made in one go. A block that starts in the
 * middle makes what it does not need, and cuts it off.
 */
export const DRAWS_AT_ONCE = 32;
const ROWS_AT_ONCE = 32;

/**
 * @param seed of a layer
 * @param visit how often the layer was used before in this pass: noise for each row is another one then, while that of
 * all rows, which stands for the layer's weights, stays.
 */
export function foldedNoise(seed: number, visit: number, block: Block): FoldedNoise {
  const { firstRow, rows, firstDraw, draws } = block;
  const rowSeed = foldIn(foldIn(seed, 1), visit);
  const drawSeed = foldIn(seed, 2);
  const seedOf = (s: number, rowsShare: boolean): number =>
    foldIn(rowsShare ? drawSeed : foldIn(rowSeed, firstRow), firstDraw + s);
  const forRows = (shape: readonly number[], seed: number): tf.Tensor => {
    const parts = cut(firstDraw, draws, DRAWS_AT_ONCE).map((d) =>
      concat(
        cut(firstRow, rows, ROWS_AT_ONCE).map((r) => {
          const numbers = standardNormal([r.end, d.end, ...shape], foldIn(foldIn(seed, d.index), r.index));
          return r.start + d.start === 0 ? numbers : tf.slice(numbers, [r.start, d.start]);
        }),
        0,
      ),
    );
    return tf.reshape(concat(parts, 1), [rows * draws, ...shape]);
  };
  return {
    block,
    seedOf,
    perRow: (shape) => forRows(shape, rowSeed),
    perRowOfPass: (shape, part) => forRows(shape, foldIn(foldIn(seed, 3), part)),
    perDraw: (shape, part = 0) =>
      tf.stack(
        Array.from({ length: draws }, (_, s) =>
          standardNormal([...shape], seedOfPart(seedOf(s, true), part)),
        ),
      ),
  };
}

/** The pieces of fixed size into which `first … first + count − 1` falls, and from where to where in each. */
function cut(first: number, count: number, size: number): Array<Record<'index' | 'start' | 'end', number>> {
  const [from, to] = [Math.floor(first / size), Math.ceil((first + count) / size)];
  return Array.from({ length: to - from }, (_, i) => {
    const base = (from + i) * size;
    return {
      index: from + i,
      start: Math.max(first - base, 0),
      end: Math.min(first + count - base, size),
    };
  });
}

const concat = (parts: tf.Tensor[], axis: number): tf.Tensor =>
  parts.length === 1 ? parts[0]! : tf.concat(parts, axis);
