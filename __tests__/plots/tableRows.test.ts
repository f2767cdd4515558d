import * as tf from '@tensorflow/tfjs';
import { reliabilityTable } from '../../src/metrics/calibration';
import { tableRows } from '../../src/plots/tableRows';
import { eachBackend } from '../helpers/eachBackend';

eachBackend('tableRows', () => {
  test('makes an object of every row, and keeps the columns', async () => {
    const table = {
      x: tf.tensor1d([1, 2, 3]),
      y: tf.tensor2d([[4], [5], [6]]),
      n: tf.tensor1d([7, 8, 9], 'int32'),
    };
    const before = tf.memory().numTensors;
    expect(await tableRows(table)).toEqual([
      { x: 1, y: 4, n: 7 },
      { x: 2, y: 5, n: 8 },
      { x: 3, y: 6, n: 9 },
    ]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(table);
  });

  test('takes what the metrics return', async () => {
    const table = tf.tidy(() => reliabilityTable(tf.tensor2d([[0.25, 0.75]]), [1], { bins: 2 }));
    const rows = await tableRows(table);
    expect(rows).toEqual([
      { lower: 0, upper: 0.5, count: 0, confidence: NaN, accuracy: NaN },
      { lower: 0.5, upper: 1, count: 1, confidence: 0.75, accuracy: 1 },
    ]);
    tf.dispose(table);
  });

  test('refuses columns of other lengths, and what is no tensor', async () => {
    const [x, y] = [tf.ones([2]), tf.ones([3])];
    await expect(tableRows({ x, y })).rejects.toThrow('tableRows: y must hold 2 numbers, as x does, got 3.');
    await expect(tableRows({ x: [1] as never })).rejects.toThrow('tableRows: x must be a tensor, got [1].');
    expect(await tableRows({})).toEqual([]);
    tf.dispose([x, y]);
  });
});
