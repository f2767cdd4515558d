/**
 * The two nets: a Bayesian one that predicts mean and noise, and a plain one of the same size with one fitted noise.
 *
 * Both end in K means and K raw scales, so that one likelihood serves both. It is in nats per penguin, and the Bayesian
 * net is trained on the ELBO as it is (klWeight 1).
 */
import * as tf from '@tensorflow/tfjs';
import { adam, gaussianNLL, hiddenLayer, learnedNoise, predictedNoise } from 'tfjs-bnn';

export const likelihood = gaussianNLL({ stddev: 'output' });

export const UNITS = 16;
export const LEARNING_RATE = 0.02;

/** Each unit of the first layer is a kink somewhere in the data; together their outputs have a prior stddev of about 1. */
const PRIOR = { first: 1, last: 2 / Math.sqrt(UNITS) };

export interface BayesianNetOptions {
  /** Number of penguins that it is trained on. */
  datasetSize: number;
  seed: number;
  /** One set of weights for all rows of a draw: each draw is then a function of the length. */
  coherent?: boolean;
}

/** 1-16-2 with biases: the outputs are the mean of a target and the raw scale of its noise. */
export function bayesianNet({ datasetSize, seed, coherent = false }: BayesianNetOptions): tf.Sequential {
  const common = { datasetSize, weight_space_sampling: coherent };
  const net = tf.sequential({
    name: 'Bayesian',
    layers: [
      hiddenLayer({
        ...common,
        name: 'hidden',
        units: UNITS,
        inputShape: [1],
        include_input_bias: true,
        A_prior_scale: PRIOR.first,
        seed: 2 * seed,
      }),
      hiddenLayer({
        ...common,
        name: 'output',
        units: 2,
        non_linearity: 'linear',
        include_hidden_bias: false,
        A_prior_scale: PRIOR.last,
        seed: 2 * seed + 1,
      }),
      predictedNoise(),
    ],
  });
  return compiled(net);
}

/** 1-16-1 with biases, and one stddev for all penguins. */
export function plainNet(seed: number): tf.Sequential {
  const kernelInitializer = (i: number) => tf.initializers.glorotUniform({ seed: 2 * seed + i });
  return compiled(
    tf.sequential({
      name: 'plain',
      layers: [
        tf.layers.dense({
          units: UNITS,
          inputShape: [1],
          activation: 'relu',
          // A seed of 0 is none for TensorFlow.js.
          kernelInitializer: kernelInitializer(1),
        }),
        tf.layers.dense({ units: 1, kernelInitializer: kernelInitializer(2) }),
        learnedNoise(),
      ],
    }),
  );
}

function compiled(net: tf.Sequential): tf.Sequential {
  net.compile({ optimizer: adam({ learningRate: LEARNING_RATE }), loss: likelihood, metrics: [likelihood] });
  return net;
}

/** KL of all weights, nats. */
export function klOf(net: tf.Sequential): number {
  return tf.tidy(() => {
    const kls = net.layers.flatMap((layer) =>
      'kl' in layer ? [(layer as unknown as { kl: () => tf.Scalar }).kl()] : [],
    );
    return kls.reduce((sum, kl) => sum + kl.dataSync()[0]!, 0);
  });
}
