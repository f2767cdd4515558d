/** Every wrong option of HiddenLayerDistribution is refused in one clear sentence, and loses no tensor. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution } from '../src/distribution';
import { shown } from '../src/check';
import { eachBackend } from './helpers/eachBackend';
import { expectCleanThrow } from './helpers/leaks';

const [B, D, H] = [3, 4, 2];
const WHO = 'HiddenLayerDistribution: ';

/** Wrong options as functions, since a tensor belongs to the backend of its test. */
type Wrong = () => Record<string, unknown>;

const refused: Array<[string, Wrong, string]> = [
  // X
  ['no X', () => ({ X: undefined }), 'X must be a tensor, got undefined; wrap it: tf.tensor2d(…)'],
  ['arrays as X', () => ({ X: [[1, 2]] }), 'X must be a tensor, got [[1, 2]]; wrap it: tf.tensor2d(…)'],
  ['typed X', () => ({ X: new Float32Array(8) }), 'X must be a tensor, got a Float32Array of 32 bytes'],
  [
    'int32 X',
    () => ({ X: tf.zeros([B, D], 'int32') }),
    'X must be of dtype float32, got int32; cast it: X.toFloat()',
  ],
  ['bool X', () => ({ X: tf.zeros([B, D], 'bool') }), 'X must be of dtype float32, got bool'],
  [
    'one example',
    () => ({ X: tf.zeros([D]) }),
    'X must have at least two axes [B, D], got [4]; one example is X.expandDims(0)',
  ],
  ['a scalar X', () => ({ X: tf.scalar(1) }), 'X must have at least two axes [B, D], got []'],
  ['an empty batch', () => ({ X: tf.zeros([0, D]) }), 'X must hold at least one example, got [0, 4].'],
  [
    'X too wide',
    () => ({ X: tf.zeros([B, D + 1]) }),
    'the last axis of X must be as long as A_mean [4, 2] has rows, got [3, 5].',
  ],
  [
    'X transposed',
    () => ({ X: tf.zeros([D, B]) }),
    'the last axis of X must be as long as A_mean [4, 2] has rows, got [4, 3].',
  ],
  // weights
  ['no A_mean', () => ({ A_mean: undefined }), 'A_mean must be a tensor, got undefined'],
  [
    'A_mean of rank 1',
    () => ({ A_mean: tf.zeros([D]) }),
    'A_mean must have the shape [D, H], D and H at least 1, got [4].',
  ],
  [
    'A_mean of rank 3',
    () => ({ A_mean: tf.zeros([1, D, H]) }),
    'A_mean must have the shape [D, H], D and H at least 1, got [1, 4, 2].',
  ],
  [
    'no unit',
    () => ({ A_mean: tf.zeros([D, 0]), A_scale: tf.ones([D, 0]) }),
    'D and H at least 1, got [4, 0].',
  ],
  [
    'no input',
    () => ({ X: tf.zeros([B, 0]), A_mean: tf.zeros([0, H]), A_scale: tf.ones([0, H]) }),
    'D and H at least 1, got [0, 2].',
  ],
  [
    'int32 A_mean',
    () => ({ A_mean: tf.zeros([D, H], 'int32') }),
    'A_mean must be of dtype float32, got int32; cast it: A_mean.toFloat()',
  ],
  ['a number as A_scale', () => ({ A_scale: 0.1 }), 'A_scale must be a tensor, got 0.1'],
  [
    'A_scale transposed',
    () => ({ A_scale: tf.ones([H, D]) }),
    'A_scale must have the shape of A_mean [4, 2], got [2, 4]; transpose it?',
  ],
  [
    'A_scale that broadcasts',
    () => ({ A_scale: tf.ones([D, 1]) }),
    'A_scale must have the shape of A_mean [4, 2], got [4, 1].',
  ],
  [
    'int32 A_scale',
    () => ({ A_scale: tf.ones([D, H], 'int32') }),
    'A_scale must be of dtype float32, got int32',
  ],
  ...[0, -0.5, NaN, Infinity].map((bad): [string, Wrong, string] => [
    `an A_scale of ${bad}`,
    () => ({ A_scale: tf.tensor2d([1, 1, 1, 1, 1, 1, 1, bad], [D, H]) }),
    `A_scale must be finite and above 0 everywhere, from 1e-18 to 1e18, got a value of ${bad}.`,
  ]),
  // prior
  ...[0, -1, NaN, Infinity, null, 'wide', {}, true].map((bad): [string, Wrong, string] => [
    `a prior of ${shown(bad)}`,
    () => ({ A_prior_scale: bad }),
    'A_prior_scale must be a finite number above 0, from 1e-18 to 1e18, got',
  ]),
  ...[1e-46, 9e-19, 2e18, 1e300].map((bad): [string, Wrong, string] => [
    `a prior of ${bad}, whose square float32 has not`,
    () => ({ A_prior_scale: bad }),
    'from 1e-18 to 1e18',
  ]),
  ...[1e-19, 1e19].map((bad): [string, Wrong, string] => [
    `an A_scale of ${bad}`,
    () => ({ A_scale: tf.fill([D, H], bad) }),
    'from 1e-18 to 1e18',
  ]),
  [
    'a prior that is negative once',
    () => ({ A_prior_scale: [1, -2] }),
    'from 1e-18 to 1e18, equally long, got [1, -2].',
  ],
  [
    'ragged priors',
    () => ({ A_prior_scale: [[1, 2], [1]] }),
    'A_prior_scale must be a number, or nested arrays of numbers',
  ],
  ['priors of three levels', () => ({ A_prior_scale: [[[1]]] }), 'of A_mean [4, 2], got [1, 1, 1]'],
  ['no prior in an array', () => ({ A_prior_scale: [] }), 'A_prior_scale must be a number, or nested arrays'],
  [
    'a prior per row without its axis',
    () => ({ A_prior_scale: [1, 1, 1, 1] }),
    'A_prior_scale must broadcast to the shape of A_mean [4, 2], got [4].',
  ],
  [
    'a prior tensor per row',
    () => ({ A_prior_scale: tf.ones([D]) }),
    'A_prior_scale must broadcast to the shape of A_mean [4, 2], got [4].',
  ],
  [
    'a prior tensor of rank 3',
    () => ({ A_prior_scale: tf.ones([1, 1, 1]) }),
    'A_prior_scale must broadcast to the shape of A_mean [4, 2], got [1, 1, 1].',
  ],
  [
    'a transposed prior',
    () => ({ A_prior_scale: tf.ones([H, D]) }),
    'A_prior_scale must broadcast to the shape of A_mean [4, 2], got [2, 4].',
  ],
  [
    'an empty prior',
    () => ({ A_prior_scale: tf.ones([0]) }),
    'A_prior_scale must broadcast to the shape of A_mean [4, 2], got [0].',
  ],
  [
    'an int32 prior',
    () => ({ A_prior_scale: tf.scalar(1, 'int32') }),
    'A_prior_scale must be of dtype float32, got int32',
  ],
  [
    'a zero in a prior tensor',
    () => ({ A_prior_scale: tf.tensor1d([1, 0]) }),
    'A_prior_scale must be finite and above 0 everywhere, from 1e-18 to 1e18, got a value of 0.',
  ],
  // the others
  ...[-1, NaN, Infinity, '1', null].map((bad): [string, Wrong, string] => [
    `a KL_factor of ${String(bad)}`,
    () => ({ KL_factor: bad }),
    'KL_factor must be a finite number of at least 0, got',
  ]),
  [
    'a name as non_linearity',
    () => ({ non_linearity: 'relu' }),
    'non_linearity must be a function from tensor to tensor, got "relu"; give e.g. tf.tanh',
  ],
  [
    'include_hidden_bias: 1',
    () => ({ include_hidden_bias: 1 }),
    'include_hidden_bias must be true or false, got 1.',
  ],
  [
    'weight_space_sampling: "no"',
    () => ({ weight_space_sampling: 'no' }),
    'weight_space_sampling must be true or false, got "no".',
  ],
  ...[0.5, NaN, '0', null, 2 ** 60].map((bad): [string, Wrong, string] => [
    `a seed of ${String(bad)}`,
    () => ({ seed: bad }),
    'seed must be a whole number, got',
  ]),
  [
    'a misspelt option',
    () => ({ KL_Factor: 1, nonlinearity: tf.tanh }),
    'got KL_Factor, nonlinearity; did you mean KL_factor?; did you mean non_linearity?',
  ],
];

eachBackend('HiddenLayerDistribution refuses', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test.each(refused)('%s', (_, wrong, message) => {
    const options = { X: tf.ones([B, D]), A_mean: tf.zeros([D, H]), A_scale: tf.ones([D, H]), ...wrong() };
    expectCleanThrow(() => new HiddenLayerDistribution(options), message);
    expectCleanThrow(() => new HiddenLayerDistribution(options), WHO);
  });

  test.each([undefined, null, 3, []])('%p in the place of its options', (options) => {
    expectCleanThrow(
      () => new HiddenLayerDistribution(options as never),
      `${WHO}options must be an object with keys among X, A_mean`,
    );
  });
});
