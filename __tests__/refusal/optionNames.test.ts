import { hiddenLayer } from '../../src/layers/hidden';
import { dense } from '../../src/layers/dense';
import { answerTo } from '../../src/refusal/optionNames';

const KNOWN = [
  'units',
  'non_linearity',
  'A_prior_scale',
  'KL_factor',
  'klWeight',
  'seed',
  'include_input_bias',
];

test.each([
  ['activation', 'activation is non_linearity here'],
  ['useBias', 'useBias is include_input_bias here'],
  ['use_bias', 'use_bias is include_input_bias here'],
  ['prior_scale', 'prior_scale is A_prior_scale here'],
  ['priorScale', 'priorScale is A_prior_scale here'],
  ['kl_weight', 'did you mean klWeight?'],
  ['nonLinearity', 'did you mean non_linearity?'],
  ['klFactor', 'did you mean KL_factor?'],
  ['unit', 'did you mean units?'],
  ['unitss', 'did you mean units?'],
  ['seeed', 'did you mean seed?'],
  ['sed', 'did you mean seed?'],
])('%s: %s', (key, answer) => {
  expect(answerTo(key, KNOWN)).toBe(answer);
});

test.each([
  'momentum',
  'x',
  '',
  'constructor',
  '__proto__',
  'toString',
  'a'.repeat(1e6),
  'dtype',
  'n',
  'feed',
])('has no answer to %.20s', (key) => {
  expect(answerTo(key, ['units', 'klWeight', 'A_prior_scale'])).toBeUndefined();
});

test('a counterpart is named only where it is an option', () => {
  expect(answerTo('activation', ['units'])).toBeUndefined();
  expect(answerTo('activation', ['activation_fn', 'non_linearity'])).toBe('activation is non_linearity here');
});

test.each([
  ['non_linearity', 'relu', 'non_linearity is activation here'],
  ['A_prior_scale', 0.1, 'A_prior_scale is prior here'],
  ['A_scale_initializer', 0.1, 'A_scale_initializer is initialStddev here'],
  ['include_input_bias', true, 'include_input_bias is useBias here'],
  ['weight_space_sampling', true, 'weight_space_sampling is estimator here'],
  ['KL_factor', 0.1, 'did you mean klFactor?'],
])('a layer by the names of tf.layers says what a HiddenLayer’s %s is', (option, value, answer) => {
  expect(() => dense({ units: 1, [option]: value })).toThrow(answer);
});

test.each([
  [{ initialStddev: 0.1 }, 'initialStddev is A_scale_initializer here'],
  [{ activation: 'relu' }, 'got activation; activation is non_linearity here'],
  [{ useBias: false }, 'useBias is include_input_bias or include_hidden_bias here'],
  [{ kernelInitializer: 'zeros' }, 'kernelInitializer is A_mean_initializer or A_scale_initializer here'],
  [
    { prior_scale: 1, kl_weight: 1 },
    'got prior_scale, kl_weight; prior_scale is A_prior_scale here; did you mean klWeight?',
  ],
  [{ unit: 3 }, 'HiddenLayer: every option must be a known one, got unit; did you mean units?'],
])('a layer answers %j', (options, answer) => {
  let message = '';
  try {
    hiddenLayer({ units: 2, ...options });
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain(answer);
  expect(message.length).toBeLessThan(200);
});
