/** Data that fit any model, and a loss that fits any outputs. */
import * as tf from '@tensorflow/tfjs';

/** A loss that sees every output, smooth, per example. */
export const squares = (y: tf.Tensor, prediction: tf.Tensor): tf.Tensor =>
  tf.sum(tf.square(tf.sub(y, prediction)).reshape([y.shape[0], -1]), 1);

export const batchShape = (t: tf.SymbolicTensor, rows: number): number[] => [
  rows,
  ...(t.shape.slice(1) as number[]),
];

/** Inputs and targets that fit a model. */
export function dataFor(
  model: tf.LayersModel,
  rows: number,
): { xs: tf.Tensor; ys: tf.Tensor | tf.Tensor[]; dispose: () => void } {
  const xs = tf.randomNormal(batchShape(model.inputs[0]!, rows), 0, 1, 'float32', 3);
  const ys = model.outputs.map((t, i) => tf.randomNormal(batchShape(t, rows), 0, 1, 'float32', 4 + i));
  return { xs, ys: ys.length === 1 ? ys[0]! : ys, dispose: () => tf.dispose([xs, ys]) };
}

/** The sum of the outputs' losses. (With n outputs `evaluate` adds them up as it goes along.) */
export function lossWithoutKL(model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor | tf.Tensor[]): number {
  return tf.tidy(() => {
    const losses = [model.evaluate(xs, ys, { batchSize: xs.shape[0] })].flat();
    return losses[model.outputs.length - 1]!.dataSync()[0]!;
  });
}

export const valueOf = (scalar: tf.Scalar): number => {
  const value = scalar.dataSync()[0]!;
  scalar.dispose();
  return value;
};
