/** A net of two layers under a loss that is a metric too, and what elboReport is compared with. */
import * as tf from '@tensorflow/tfjs';
import { bayesianLayers } from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import { squares, valueOf } from './modelData';

export const WITHOUT_BIASES = { include_hidden_bias: false, include_input_bias: false } as const;

export const net = (KL_factor: number, klWeight = 1): tf.Sequential => {
  const layers = [
    hiddenLayer({ units: 4, KL_factor, klWeight, inputShape: [3], seed: 1, ...WITHOUT_BIASES }),
    hiddenLayer({ units: 2, KL_factor, klWeight, seed: 2, non_linearity: 'linear', ...WITHOUT_BIASES }),
  ];
  const model = tf.sequential({ layers });
  // The loss as a metric too: what it averages to without the KL, by TensorFlow.js itself.
  model.compile({ optimizer: tf.train.adam(0.01), loss: squares, metrics: [squares] });
  return model;
};

export const klOf = (model: tf.LayersModel): number =>
  bayesianLayers(model).reduce((sum, layer) => sum + valueOf(layer.kl()), 0);

/** Trains, and gives the history in numbers, as it is when training has ended. */
export const historyOf = async (training: Promise<tf.History>): Promise<Record<string, number[]>> =>
  (await training).history as Record<string, number[]>;

export const fitOptions = (more: object): object => ({
  epochs: 2,
  batchSize: 4,
  shuffle: false,
  verbose: 0,
  ...more,
});
