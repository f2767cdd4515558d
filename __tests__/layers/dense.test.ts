import { layers } from '../../src';
import type { DenseOptions } from '../../src/layers/dense';
import { checkLayer, type LayerUnderTest } from '../helpers/checkLayer';

const D = 3;

const made =
  (own: Partial<DenseOptions>): LayerUnderTest['make'] =>
  (options) =>
    // A bias of zeros has no gradient of its KL where the outputs are 0 too: tanh keeps them apart.
    layers.dense({ units: D, activation: 'tanh', ...own, ...options });

const ofKernel = ['kernel_mean', 'kernel_ln_stddev'];
const weights = [...ofKernel, 'bias_mean', 'bias_ln_stddev'];

checkLayer('BayesianDense', { make: made({}), D, weights });

// Variants of it, on a backend each.
checkLayer('BayesianDense, flipout', { make: made({ estimator: 'flipout' }), D, weights }, 'tensorflow');
checkLayer('BayesianDense, weightSpace', { make: made({ estimator: 'weightSpace' }), D, weights }, 'wasm');
checkLayer(
  'BayesianDense with a deterministic bias',
  { make: made({ biasPosterior: 'deterministic' }), D, weights: [...ofKernel, 'bias'] },
  'cpu',
);
checkLayer('BayesianDense without a bias', { make: made({ useBias: false }), D, weights: ofKernel }, 'cpu');
