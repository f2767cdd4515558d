/**
 * The net that learns, by the options of the visitor: one hidden layer of bumps, exp(-z^2).
 *
 * A unit is on in one place of the plane and off elsewhere, so that a point tells about the units near it and of no other. A
 * Gaussian posterior, each weight by itself, then keeps its doubt in a gap; over relu or tanh it does not (Foong et al.
 * 2020, arXiv:1909.00719).
 */
import * as tf from '@tensorflow/tfjs';
import { adam, categoricalNLL, gaussianNLL, layers, learnedNoise, type BayesianDense } from 'tfjs-bnn';
import { Bump } from './bump';
import type { Mode, Problem } from './problem';
import { spread } from './spread';

const LEARNING_RATE = 0.04;

/** Prior stddevs at `prior` 1. Of the last layer it is that of a curve, or of a logit, through all units. */
const PRIOR = { kernel: 1.3, bias: 4, output: { regression: 2.8, classification: 12 } };
const INPUTS = { regression: 1, classification: 2 } as const;
const NOISE_TO_BEGIN_WITH = 0.3;

/** A net that is compiled and not trained yet. */
export function buildNet(problem: Problem): tf.Sequential {
  const { mode, options } = problem;
  const hidden = hiddenLayer(problem);
  const net = tf.sequential({
    layers: [
      hidden,
      new Bump({}),
      outputLayer(problem),
      ...(mode === 'regression' && options.noise === 'learned'
        ? [learnedNoise({ stddev: NOISE_TO_BEGIN_WITH })]
        : []),
    ],
  });
  placeBumps(hidden, INPUTS[mode], options.units);
  net.compile({ optimizer: adam({ learningRate: LEARNING_RATE }), loss: likelihood(mode, options.noise) });
  return net;
}

/** Those that have a posterior. */
export const bayesianLayers = (net: tf.Sequential): BayesianDense[] =>
  net.layers.filter((layer): layer is BayesianDense => 'setPosterior' in layer);

/** Makes the posterior what it is where nothing was seen. */
export function setToPrior(net: tf.Sequential): void {
  for (const layer of bayesianLayers(net))
    tf.tidy(() => {
      layer.setPosterior(layer.prior());
    });
}

function hiddenLayer({ mode, options, seed }: Problem): tf.layers.Layer {
  const { units, layers: which, prior, klWeight, estimator } = options;
  const common = { units, inputShape: [INPUTS[mode]] };
  if (which !== 'all') return tf.layers.dense(common);
  return layers.dense({
    ...common,
    prior: PRIOR.kernel * prior,
    biasPrior: PRIOR.bias * prior,
    klWeight,
    estimator,
    seed: 2 * seed,
  });
}

function outputLayer({ mode, options, seed }: Problem): tf.layers.Layer {
  const { units, layers: which, prior, klWeight, estimator } = options;
  const common = mode === 'regression' ? { units: 1 } : ({ units: 2, activation: 'softmax' } as const);
  if (which === 'plain')
    // A seed of 0 is none for TensorFlow.js.
    return tf.layers.dense({
      ...common,
      kernelInitializer: tf.initializers.glorotNormal({ seed: seed + 1 }),
    });
  const stddev = (PRIOR.output[mode] * prior) / Math.sqrt(units);
  return layers.dense({ ...common, prior: stddev, klWeight, estimator, seed: 2 * seed + 1 });
}

function placeBumps(hidden: tf.layers.Layer, inputs: 1 | 2, units: number): void {
  const { kernel, bias } = spread(inputs, units);
  if (!('setPosterior' in hidden)) {
    const values = [tf.tensor2d(kernel), tf.tensor1d(bias)];
    hidden.setWeights(values);
    tf.dispose(values);
    return;
  }
  const layer = hidden as BayesianDense;
  tf.tidy(() => {
    const now = layer.posterior();
    layer.setPosterior({
      kernel: { mean: kernel, stddev: now.kernel!.stddev },
      bias: { mean: bias, stddev: now.bias!.stddev },
    });
  });
}

function likelihood(mode: Mode, noise: Problem['options']['noise']) {
  if (mode === 'classification') return categoricalNLL();
  return gaussianNLL({ stddev: noise === 'learned' ? 'output' : noise });
}
