/** The nets and data of the checks that need a whole model. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, type HiddenLayerOptions } from '../../src/index';
import { scattered, type Matrix } from '../helpers/closedForms';

export const N = 24;

/** y = x₀ − 2 x₁ x₀, a curve that a small net can learn. */
export const X: Matrix = scattered(N, 2, 30);
export const Y: Matrix = X.map(([a, b]) => [a! - 2 * a! * b!]);

/** 2 → 6 → `outputs`, every weight Bayesian, with bias columns at both layers. */
export function bayesianNet(
  outputs: number,
  last: 'linear' | 'softmax',
  options: Omit<HiddenLayerOptions, 'units'> = { datasetSize: N },
): tf.LayersModel {
  return tf.sequential({
    layers: [
      hiddenLayer({
        seed: 1,
        ...options,
        units: 6,
        inputShape: [2],
        include_input_bias: true,
        non_linearity: 'tanh',
      }),
      hiddenLayer({
        ...{ seed: 2, ...options, units: outputs },
        ...{ include_input_bias: false, include_hidden_bias: false, non_linearity: last },
      }),
    ],
  });
}

/** Adam with an epsilon: on webgl its default is 1e-4, as for 16-bit floats (a known defect, tensorflow/tfjs#6980). */
export const adam = (learningRate: number): tf.Optimizer => tf.train.adam(learningRate, 0.9, 0.999, 1e-7);
