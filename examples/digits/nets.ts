/** The two nets, of the same size and trained by the same optimizer: one knows how unsure it is. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayer, hiddenLayer } from 'tfjs-bnn';
import { valueOf } from '../values';
import { CLASSES, PIXELS } from './data';

export interface NetOptions {
  units: number;
  seed: number;
}

export interface BayesianOptions extends NetOptions {
  /** Number of examples that are trained on, N. */
  datasetSize: number;
  /** T: the loss is nll + T · KL / N, nats per example. */
  klWeight: number;
}

/** Of the first step; `training.ts` says how it falls. */
export const LEARNING_RATE = 5e-3;

export function bayesianNet({ units, seed, datasetSize, klWeight }: BayesianOptions): tf.Sequential {
  const shared = {
    datasetSize,
    klWeight,
    // Of the few priors and initial scales that were tried, these did best.
    A_prior_scale: 0.3,
    A_scale_initializer: Math.exp(-4),
  };
  const net = tf.sequential({
    name: 'bayesian',
    layers: [
      // Each layer appends a column of ones to its output, which makes the last row of the next one's weights a
      // bias. The first layer has to be told to put one before itself, the last one not to put one behind itself.
      hiddenLayer({
        ...shared,
        inputShape: [PIXELS],
        units,
        include_input_bias: true,
        seed: layerSeed(seed, 0),
      }),
      hiddenLayer({ ...shared, units, seed: layerSeed(seed, 1) }),
      hiddenLayer({
        ...shared,
        units: CLASSES,
        non_linearity: 'softmax',
        include_hidden_bias: false,
        seed: layerSeed(seed, 2),
      }),
    ],
  });
  return compiled(net);
}

export function plainNet({ units, seed }: NetOptions): tf.Sequential {
  const kernelInitializer = (layer: number) =>
    tf.initializers.glorotUniform({ seed: layerSeed(seed, layer) });
  const net = tf.sequential({
    name: 'plain',
    layers: [
      tf.layers.dense({
        inputShape: [PIXELS],
        units,
        activation: 'relu',
        kernelInitializer: kernelInitializer(0),
      }),
      tf.layers.dense({ units, activation: 'relu', kernelInitializer: kernelInitializer(1) }),
      tf.layers.dense({ units: CLASSES, activation: 'softmax', kernelInitializer: kernelInitializer(2) }),
    ],
  });
  return compiled(net);
}

export function hiddenLayers(net: tf.LayersModel): HiddenLayer[] {
  return net.layers.filter((layer) => layer instanceof HiddenLayer);
}

/** KL of the posterior from the prior, nats, all layers together. */
export function klOf(net: tf.LayersModel): number {
  return hiddenLayers(net).reduce((sum, layer) => sum + valueOf(() => layer.kl()), 0);
}

/** The metric is the negative log likelihood again: the loss of the Bayesian net holds the KL too. */
function compiled(net: tf.Sequential): tf.Sequential {
  net.compile({
    optimizer: tf.train.adam(LEARNING_RATE),
    loss: 'categoricalCrossentropy',
    metrics: ['categoricalCrossentropy'],
  });
  return net;
}

/** A seed for each layer, never 0, for which the initializers of tfjs would take one of their own. */
const layerSeed = (seed: number, layer: number): number => 1 + seed * 4 + layer;
