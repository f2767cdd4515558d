/** A linear net whose ELBO has a closed form, its posterior and its data, for what is asked of `evaluateElbo`. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { scattered, type Matrix } from './closedForms';

export const σ = 0.5;
export const [X, y] = [scattered(30, 3), scattered(30, 1, 5)];
export const [A_mean, A_scale]: Matrix[] = [[[0.5], [-1], [0.2]], [[0.3], [0.1], [0.5]]]; // prettier-ignore

export function linear(weight_space_sampling = false): tf.Sequential {
  const layer = hiddenLayer({
    ...{
      units: 1,
      inputShape: [3],
      KL_factor: 0.7,
      klWeight: 0.2,
      non_linearity: 'linear',
      weight_space_sampling,
    },
    ...{ include_hidden_bias: false, include_input_bias: false },
  });
  const model = tf.sequential({ layers: [layer] });
  layer.setPosterior({ A_mean: A_mean!, A_scale: A_scale! });
  model.compile({
    optimizer: 'sgd',
    loss: gaussianNLL({ stddev: σ }),
    metrics: [gaussianNLL({ stddev: σ })],
  });
  return model;
}
