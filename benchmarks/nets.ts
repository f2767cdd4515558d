/** The nets that are compared: 784-400-400-10, relu, softmax, cross-entropy, on data that are always the same. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../src/adam';
import * as layers from '../src/layers/family';
import { hiddenLayer } from '../src/layers/hidden';
import { categoricalNLL } from '../src/likelihoods/categorical';

export interface Sizes {
  inputs: number;
  hidden: number;
  outputs: number;
}

export const MNIST: Sizes = { inputs: 784, hidden: 400, outputs: 10 };

/** `tf.layers.dense`, with biases. */
export function denseNet({ inputs, hidden, outputs }: Sizes = MNIST): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: hidden, activation: 'relu', inputShape: [inputs] }),
      tf.layers.dense({ units: hidden, activation: 'relu' }),
      tf.layers.dense({ units: outputs, activation: 'softmax' }),
    ],
  });
}

/** HiddenLayers of the same widths, with biases through columns of ones, KL included. */
export function bayesianNet(
  { inputs, hidden, outputs }: Sizes = MNIST,
  last: 'softmax' | 'linear' = 'softmax',
): tf.Sequential {
  const shared = { datasetSize: 60_000 };
  return tf.sequential({
    layers: [
      hiddenLayer({ ...shared, units: hidden, inputShape: [inputs], include_input_bias: false, seed: 1 }),
      hiddenLayer({ ...shared, units: hidden, seed: 2 }),
      hiddenLayer({
        ...shared,
        units: outputs,
        non_linearity: last,
        include_hidden_bias: false,
        seed: 3,
      }),
    ],
  });
}

/** The same widths by `layers.dense`, which has biases of its own. */
export function familyNet(
  prior: 'number' | 'arrays' = 'number',
  { inputs, hidden, outputs }: Sizes = MNIST,
): tf.Sequential {
  const layer = (D: number, units: number, activation: 'relu' | 'softmax') =>
    layers.dense({
      ...{ units, activation, inputShape: [D], datasetSize: 60_000, seed: units + D },
      ...(prior === 'arrays' && { prior: { stddev: ones(D, units) } }),
    });
  return tf.sequential({
    layers: [layer(inputs, hidden, 'relu'), layer(hidden, hidden, 'relu'), layer(hidden, outputs, 'softmax')],
  });
}

const ones = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array<number>(columns).fill(1));

/** 784 pixels as 28×28, convolutions, poolings and two dense layers: all Bayesian, or of `tf.layers`. */
export function convolutionNet(bayesian: boolean): tf.Sequential {
  const ours = { datasetSize: 60_000 };
  const conv = (filters: number): tf.layers.Layer => {
    const options = { filters, kernelSize: 5, activation: 'relu' as const };
    return bayesian ? layers.conv2d({ ...options, ...ours, seed: filters }) : tf.layers.conv2d(options);
  };
  const dense = (units: number, activation: 'relu' | 'softmax'): tf.layers.Layer =>
    bayesian
      ? layers.dense({ units, activation, ...ours, seed: units })
      : tf.layers.dense({ units, activation });
  return tf.sequential({
    layers: [
      tf.layers.reshape({ targetShape: [28, 28, 1], inputShape: [784] }),
      conv(12),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      conv(24),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      dense(100, 'relu'),
      dense(10, 'softmax'),
    ],
  });
}

/** A series of 20 steps of 4 numbers, 32 units, one output. */
export function recurrentNet(bayesian: boolean): tf.Sequential {
  const options = { units: 32, inputShape: [20, 4] };
  return tf.sequential({
    layers: [
      bayesian ? layers.lstm({ ...options, datasetSize: 1000, seed: 1 }) : tf.layers.lstm(options),
      tf.layers.dense({ units: 1 }),
    ],
  });
}

export const compiled = (
  net: tf.Sequential,
  optimizer: tf.Optimizer,
  loss: tf.ModelCompileArgs['loss'] = 'categoricalCrossentropy',
): tf.Sequential => {
  net.compile({ optimizer, loss });
  return net;
};

/** x [rows, inputs] in [0, 1), y one-hot. */
export function data(rows: number, { inputs, outputs }: Sizes = MNIST): { x: tf.Tensor2D; y: tf.Tensor2D } {
  const labels = Array.from({ length: rows }, (_, i) => i % outputs);
  return {
    x: tf.randomUniform([rows, inputs], 0, 1, 'float32', 'the same data for both'),
    y: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), outputs).toFloat() as tf.Tensor2D),
  };
}

export const EPSILON = 1e-7;

export const plainAdam = (): tf.Optimizer => tf.train.adam(1e-3, 0.9, 0.999, EPSILON);

/** What the plain net is trained by: with ours, what remains is the layers' own. */
export const OPTIMIZERS = { 'tf.train.adam': plainAdam, 'our adam': () => adam() };
export type OptimizerName = keyof typeof OPTIMIZERS;

/** Ours and the plain net of the same sizes, ready to train; ours by `adam`, by softmax and cross-entropy or of logits. */
export function bothCompiled(
  optimizer: OptimizerName,
  { sizes = MNIST, logits = false }: { sizes?: Sizes; logits?: boolean } = {},
): { ours: tf.Sequential; other: tf.Sequential } {
  const ours = logits
    ? compiled(bayesianNet(sizes, 'linear'), adam(), categoricalNLL({ outputs: 'logits' }))
    : compiled(bayesianNet(sizes), adam());
  return { ours, other: compiled(denseNet(sizes), OPTIMIZERS[optimizer]()) };
}

/** The name of a row of the bench, with that of the plain net's optimizer if it is not the usual one. */
export const rowName = (row: string, optimizer: OptimizerName): string =>
  optimizer === 'our adam' ? `${row}.sameAdam` : row;
