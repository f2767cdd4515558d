/** The way from tensors to a plotting library: a table of columns becomes an array of rows, plain objects of numbers. */
import type * as tf from '@tensorflow/tfjs';
import { isLive, isTensor, refuse, shown } from '../check';

/**
 * Reads a table of tensors, one per column, into the rows that Observable Plot, Vega-Lite or D3 take.
 *
 * @param table tensors of N numbers each, whatever their shape: what `reliabilityTable`, `accuracyRejectionCurve`,
 * `weightHistogram` and `interval` of a `Predictive` return, or your own. They stay the caller's.
 * @returns N objects with the names of the columns.
 * @throws if a column is no tensor, or they differ in length.
 *
 * @example
 * const rows = await tableRows(reliabilityTable(probabilities, labels)); // [{lower: 0, upper: 0.1, count: 3, …}, …]
 */
export async function tableRows<Column extends string>(
  table: Record<Column, tf.Tensor>,
): Promise<Array<Record<Column, number>>> {
  const who = 'tableRows';
  if (typeof table !== 'object' || table === null || isTensor(table))
    refuse(who, 'table must be an object of tensors, one per column', shown(table));
  const columns = Object.entries(table) as Array<[Column, tf.Tensor]>;
  for (const [name, column] of columns) {
    if (!isLive(column)) refuse(who, `${name} must be a tensor`, shown(column));
    const N = columns[0]![1].size;
    if (column.size !== N)
      refuse(who, `${name} must hold ${N} numbers, as ${columns[0]![0]} does`, String(column.size));
  }
  const values = await Promise.all(
    columns.map(async ([name, column]) => [name, await column.data()] as const),
  );
  return Array.from(
    { length: columns[0]?.[1].size ?? 0 },
    (_, i) => Object.fromEntries(values.map(([name, data]) => [name, data[i]!])) as Record<Column, number>,
  );
}
