/** Inputs of zeros, and scales at the ends of what is supported. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution, hiddenLayer } from '../../src/index';
import { rounded, scattered, type Matrix } from '../helpers/closedForms';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';
import { adam } from './nets';

const A_mean = scattered(3, 2, 20);
const A_scale = rounded(scattered(3, 2, 21).map((row) => row.map((a) => 0.2 + Math.abs(a) / 2)));
const rows = scattered(2, 3, 22);
const noise = scattered(3, 2, 23);

function outputAndGradients(X: Matrix, ε: Matrix): tf.Tensor[] {
  return tf.tidy(() => {
    const f = (x: tf.Tensor, m: tf.Tensor, s: tf.Tensor): tf.Tensor =>
      new HiddenLayerDistribution({ X: x, A_mean: m, A_scale: s, non_linearity: tf.tanh }).rsample([], {
        noise: tf.tensor2d(ε),
      });
    const inputs = [X, A_mean, A_scale].map((A) => tf.tensor2d(A));
    const [, dMean, dScale] = tf.grads((...i: tf.Tensor[]) => f(i[0]!, i[1]!, i[2]!))(inputs);
    return [f(inputs[0]!, inputs[1]!, inputs[2]!), dMean!, dScale!];
  });
}

export const extremes: Check[] = [
  {
    name: 'A row of zeros has output f(0) and leaves the gradients to the other rows',
    run: async () => {
      const [output, dMean, dScale] = await taken(...outputAndGradients([[0, 0, 0], ...rows], noise));
      const [others, dMeanOfOthers, dScaleOfOthers] = await taken(
        ...outputAndGradients(rows, noise.slice(1)),
      );
      expectAllClose(output!, [0, 0, 1, ...others!]);
      expectAllClose(dMean!, dMeanOfOthers!);
      expectAllClose(dScale!, dScaleOfOthers!);
    },
  },
  {
    name: 'A layer on zeros alone trains on: no NaN',
    run: async () => {
      const model = tf.sequential({
        layers: [
          hiddenLayer({
            units: 3,
            inputShape: [2],
            datasetSize: 4,
            include_input_bias: false,
            include_hidden_bias: false,
          }),
          tf.layers.dense({ units: 1 }),
        ],
      });
      const optimizer = adam(0.01);
      model.compile({ optimizer, loss: 'meanSquaredError' });
      const [x, y] = [tf.zeros([4, 2]), tf.ones([4, 1])];
      const { history } = await model.fit(x, y, { epochs: 3, verbose: 0 });
      const weights = await taken(...tf.tidy(() => model.getWeights().map((w) => w.clone())));
      const numbers = [...(history.loss as number[]), ...weights.flat()];
      if (!numbers.every(Number.isFinite)) throw new Error(`Not finite: ${numbers.join(', ')}`);
      model.dispose();
      tf.dispose([x, y]);
      optimizer.dispose();
    },
  },
  ...[1e-18, 1e-12, 1e-6, 1e6, 1e12, 1e18].map((scale) => ({
    name: `Draws and KL with a scale of ${scale} and a prior of the same`,
    run: async () => {
      const [X, ε] = [[[0.5, -0.25]], [[1.5]]];
      const results = tf.tidy(() => {
        const layer = new HiddenLayerDistribution({
          X: tf.tensor2d(X),
          A_mean: tf.zeros([2, 1]),
          A_scale: tf.fill([2, 1], scale),
          A_prior_scale: scale,
          include_hidden_bias: false,
          non_linearity: (z) => z,
        });
        return [layer.rsample([], { noise: tf.tensor2d(ε) }), layer.kl()];
      });
      const [z, kl] = await taken(...results);
      expectAllClose(z!, [scale * Math.hypot(0.5, 0.25) * 1.5], { rtol: 1e-5, atol: 0 });
      expectAllClose(kl!, [0]);
    },
  })),
];
