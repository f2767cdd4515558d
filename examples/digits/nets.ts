/** The three nets, of the same size and trained by the same optimizer: two of them know how unsure they are. */
import * as tf from '@tensorflow/tfjs';
import { adam, hiddenLayer, layers } from 'tfjs-bnn';
import { valueOf } from '../values';
import { CLASSES, PIXELS } from './data';

export interface NetOptions {
  units: number;
  seed: number;
}

/** Of the first step; it falls along half a cosine. */
export const LEARNING_RATE = 3e-3;
/** All layers Bayesian: in log space Adam moves a stddev by about the learning rate a step, so that it has to be larger. */
const LEARNING_RATE_OF_SCALES = 5e-3;

/** What the squares of the plain layers' kernels count in the loss: chosen on a fifth of the training digits. */
const L2 = 1e-4;
/** Stddev of the prior of the last layer alone. */
const PRIOR_OF_LAST = 0.1;

/** A body of plain layers with L2, and a plain last layer. */
export function plainNet(options: NetOptions): tf.Sequential {
  const net = tf.sequential({ name: 'plain', layers: body(options) });
  net.add(
    tf.layers.dense({
      units: CLASSES,
      activation: 'softmax',
      kernelInitializer: tf.initializers.glorotUniform({ seed: layerSeed(options.seed, 2) }),
      kernelRegularizer: tf.regularizers.l2({ l2: L2 }),
    }),
  );
  return compiled(net, LEARNING_RATE);
}

/** The same body, and one Bayesian last layer, trained on the true ELBO. */
export function lastLayerNet(options: NetOptions): tf.Sequential {
  const net = tf.sequential({ name: 'lastLayer', layers: body(options) });
  net.add(
    layers.dense({
      units: CLASSES,
      activation: 'softmax',
      prior: PRIOR_OF_LAST,
      // About where they end: from the default, a twentieth of it, they would travel for most of the training.
      initialStddev: PRIOR_OF_LAST / 2,
      seed: layerSeed(options.seed, 2),
    }),
  );
  return compiled(net, LEARNING_RATE);
}

/** @param klWeight T: the loss is nll + T · KL / N, nats per example. */
export function bayesianNet({ units, seed, klWeight }: NetOptions & { klWeight: number }): tf.Sequential {
  const shared = {
    klWeight,
    // Of the few priors and initial scales that were tried, these did best.
    A_prior_scale: 0.3,
    A_scale_initializer: Math.exp(-3),
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
  return compiled(net, LEARNING_RATE_OF_SCALES);
}

/** KL of the posterior from the prior, nats, all layers together. */
export function klOf(net: tf.LayersModel): number {
  const kls = net.layers.flatMap((layer) =>
    'kl' in layer ? [valueOf(() => (layer as unknown as { kl: () => tf.Scalar }).kl())] : [],
  );
  return kls.reduce((sum, kl) => sum + kl, 0);
}

function body({ units, seed }: NetOptions): tf.layers.Layer[] {
  const dense = (layer: number, more: object): tf.layers.Layer =>
    tf.layers.dense({
      units,
      activation: 'relu',
      kernelInitializer: tf.initializers.glorotUniform({ seed: layerSeed(seed, layer) }),
      kernelRegularizer: tf.regularizers.l2({ l2: L2 }),
      ...more,
    });
  return [dense(0, { inputShape: [PIXELS] }), dense(1, {})];
}

/** The metric is the negative log likelihood again: the loss holds the KL and the squares too. */
function compiled(net: tf.Sequential, learningRate: number): tf.Sequential {
  net.compile({
    optimizer: adam({ learningRate }),
    loss: 'categoricalCrossentropy',
    metrics: ['categoricalCrossentropy'],
  });
  return net;
}

/** A seed for each layer, never 0, for which the initializers of tfjs would take one of their own. */
const layerSeed = (seed: number, layer: number): number => 1 + seed * 4 + layer;
