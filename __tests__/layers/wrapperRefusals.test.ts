/** What layers.bayesian does not take, said in its words. */
import * as tf from '@tensorflow/tfjs';
import { layers } from '../../src';

describe('layers.bayesian refuses', () => {
  const dense = (): tf.layers.Layer => tf.layers.dense({ units: 1 });

  it.each([
    ['what is no layer', () => layers.bayesian({ layer: 3 as never }), 'layer must be a layer'],
    ['a model', () => layers.bayesian({ layer: tf.sequential() }), 'layer must be one layer'],
    [
      'a layer with a posterior',
      () => layers.bayesian({ layer: layers.dense({ units: 1 }) }),
      'no posterior of its own',
    ],
    [
      'a regularizer',
      () => layers.bayesian({ layer: tf.layers.dense({ units: 1, kernelRegularizer: 'l1l2' }) }),
      'the prior takes the place',
    ],
    [
      'a regularizer of lstm',
      () => layers.lstm({ units: 1, kernelConstraint: null, biasRegularizer: 'l1l2' } as never),
      'got biasRegularizer as an option',
    ],
    [
      'a regularizer of a cell',
      () => layers.bayesian({ layer: tf.layers.rnn({ cell: [tf.layers.gruCell({ units: 2, biasRegularizer: 'l1l2' })] }) }), // prettier-ignore
      /got biasRegularizer of rnn/,
    ],
    ['arrays as a prior', () => layers.bayesian({ layer: dense(), prior: [1] as never }), 'prior must be'],
    [
      'an unknown option',
      () => layers.bayesian({ layer: dense(), activation: 'relu' } as never),
      'options must',
    ],
    ['an unknown option of lstm', () => layers.lstm({ units: 1, unit: 2 } as never), 'unit'],
    ['units that are none', () => layers.gru({ units: 0 }), 'units must be'],
    [
      'a layer without weights',
      () => layers.bayesian({ layer: tf.layers.flatten() }).build([null, 3]),
      'must have weights to train',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
