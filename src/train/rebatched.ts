/**
 * The rows of a `tf.data.Dataset` in parts of one size, however the dataset is batched: what is drawn for a row is then
 * the same for every batching.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { checkInputShapes, inOrder, inputNames, outputNames, rowsOf } from '../model/data';

/** Batches `{xs, ys}` as `fitDataset` takes them: tensors, arrays of them, or by the names of the inputs and outputs. */
export type Batches = tf.data.Dataset<tf.TensorContainer>;

export interface Part {
  x: tf.Tensor[];
  y: tf.Tensor[];
  rows: number;
}

/** Told as TensorFlow.js tells it: also one of another copy of tf.data. */
export const isDataset = (data: unknown): data is Batches =>
  typeof data === 'object' && data !== null && typeof (data as Partial<Batches>).iterator === 'function';

/**
 * Parts of `size` rows, the last one of what is left; each is disposed of when the next one is asked for, and the batches
 * of the dataset are too, as `fitDataset` does it.
 *
 * @throws if a batch is not what the model takes; nothing is left behind, then or when the loop is left.
 */
export async function* rebatched(
  who: string,
  model: tf.LayersModel,
  dataset: Batches,
  size: number,
): AsyncGenerator<Part, void, undefined> {
  const iterator = await dataset.iterator();
  /** Inputs and then targets of batches that wait for more rows. */
  let waiting: tf.Tensor[][] = [];
  try {
    for (;;) {
      const { value, done } = (await iterator.next()) as { value: tf.TensorContainer; done: boolean };
      if (!done) waiting.push(columnsOf(who, model, value));
      const rows = waiting.reduce((sum, [first]) => sum + first!.shape[0], 0);
      if (rows >= size || (done && rows > 0)) {
        const joined = joinedColumns(waiting);
        tf.dispose(waiting);
        waiting = [joined];
        const end = done ? rows : rows - (rows % size);
        for (let start = 0; start < end; start += size)
          yield* onePart(model, joined, start, Math.min(size, end - start));
        waiting = end === rows ? [] : [tf.tidy(() => joined.map((t) => tf.slice(t, end)))];
        tf.dispose(joined);
      }
      if (done) return;
    }
  } finally {
    tf.dispose(waiting);
  }
}

function* onePart(
  model: tf.LayersModel,
  columns: tf.Tensor[],
  start: number,
  rows: number,
): Generator<Part, void, undefined> {
  const cut = columns.map((t) => tf.slice(t, start, rows));
  try {
    yield { x: cut.slice(0, model.inputs.length), y: cut.slice(model.inputs.length), rows };
  } finally {
    tf.dispose(cut);
  }
}

const joinedColumns = (batches: tf.Tensor[][]): tf.Tensor[] =>
  tf.tidy(() => batches[0]!.map((_, i) => tf.concat(batches.map((columns) => columns[i]!))));

/** Inputs and then targets of one batch. @throws having disposed of it. */
function columnsOf(who: string, model: tf.LayersModel, batch: tf.TensorContainer): tf.Tensor[] {
  try {
    const { xs, ys } = (batch ?? {}) as Record<'xs' | 'ys', unknown>;
    if (xs == null || ys == null) refuse(who, 'a dataset must have batches {xs, ys}', shown(batch));
    const inputs = inOrder(who, 'xs of a dataset', xs, inputNames(model));
    const targets = inOrder(who, 'ys of a dataset', ys, outputNames(model));
    const remedy = 'single examples are batched by dataset.batch(32)';
    checkInputShapes(who, 'xs of a dataset', model, inputs, remedy);
    rowsOf(who, 'a batch', [...inputs, ...targets]);
    return [...inputs, ...targets];
  } catch (error) {
    tf.dispose(batch);
    throw error;
  }
}
