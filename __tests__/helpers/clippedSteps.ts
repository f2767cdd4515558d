/** Steps against given gradients, some of which are far longer than the others, and what clipping makes of them. */
import * as tf from '@tensorflow/tfjs';

/** The gradient of each step's kernel; that of its bias is 1. */
export const GRADIENTS = [[3, 4], [1, -2], [300, -400], [2, 2], [-50, 60], [0, 0], [1000, 0], [1, 1]]; // prettier-ignore

/** The mean of its outputs is its loss, so that the gradients are the inputs: each step has those of its one row. */
export function linearLoss(optimizer: tf.Optimizer, useBias = true): tf.Sequential {
  const layer = tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'zeros', useBias });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer, loss: (_, y) => tf.mean(y) });
  return model;
}

export async function fitSteps(
  model: tf.Sequential,
  rows: number[][],
  callbacks: Array<tf.Callback | tf.CustomCallback>,
  epochs = 1,
): Promise<void> {
  const [x, y] = [tf.tensor2d(rows), tf.zeros([rows.length, 1])];
  try {
    await model.fit(x, y, {
      batchSize: 1,
      shuffle: false,
      verbose: 0,
      epochs,
      callbacks: callbacks as tf.Callback[],
    });
  } finally {
    tf.dispose([x, y]);
  }
}

/** The sum of the gradients (x₁, x₂, 1) as they are applied. */
export function clippedSum(rows: number[][], factor: number): number[] {
  let usual = 0;
  const sum = [0, 0, 0];
  for (const row of rows) {
    const g = [...row, 1];
    const norm = Math.hypot(...g);
    usual ||= norm;
    const applied = Math.min(norm, factor * usual);
    usual += 0.02 * (applied - usual);
    g.forEach((v, i) => (sum[i]! += (v * applied) / norm));
  }
  return sum;
}
