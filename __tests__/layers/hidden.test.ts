import { hiddenLayer } from '../../src/layers/hidden';
import { checkLayer } from '../helpers/checkLayer';

const D = 3;
const square = {
  units: D,
  include_hidden_bias: false,
  include_input_bias: false,
  non_linearity: 'tanh',
} as const;
const weights = ['A_mean', 'A_scale_unconstrained'];

checkLayer('HiddenLayer', { make: (options) => hiddenLayer({ ...square, ...options }), D, weights });
checkLayer('HiddenLayer with weight_space_sampling', {
  make: (options) => hiddenLayer({ ...square, weight_space_sampling: true, ...options }),
  D,
  weights,
});
