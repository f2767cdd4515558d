import * as tf from '@tensorflow/tfjs';
import { bernoulliNLL } from '../../src/likelihoods/bernoulli';
import { checkLikelihood, expectFinite } from '../helpers/checkLikelihood';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const nllOf = (y: number, p: number): number => -y * Math.log(p) - (1 - y) * Math.log1p(-p);
const sigmoid = (l: number): number => 1 / (1 + Math.exp(-l));

const y = [
  [0, 1],
  [1, 1],
  [0.25, 0],
];

checkLikelihood('bernoulliNLL of probabilities', {
  loss: bernoulliNLL(),
  closedForm: (t, p) => t.reduce((sum, v, k) => sum + nllOf(v, p[k]!), 0),
  y,
  outputs: [
    [0.2, 0.5],
    [0.99, 0.02],
    [0.3, 0.6],
  ],
  activation: 'sigmoid',
});

checkLikelihood('bernoulliNLL of logits', {
  loss: bernoulliNLL({ outputs: 'logits' }),
  closedForm: (t, l) => t.reduce((sum, v, k) => sum + nllOf(v, sigmoid(l[k]!)), 0),
  y,
  outputs: [
    [2, -1],
    [0, 5],
    [-4, 0.3],
  ],
});

eachBackend('bernoulliNLL', () => {
  test('is the sum over the labels, not their mean as binaryCrossentropy', () => {
    tf.tidy(() => {
      const t = tf.tensor2d([[0, 1, 1]], [1, 3], 'int32');
      expectAllClose(bernoulliNLL()(t, tf.fill([1, 3], 0.5)), [3 * Math.LN2]);
      expectAllClose(
        tf.mul(3, tf.metrics.binaryCrossentropy(t, tf.tensor2d([[0.1, 0.2, 0.7]]))),
        bernoulliNLL()(t, tf.tensor2d([[0.1, 0.2, 0.7]])),
        { rtol: 1e-5 },
      );
    });
  });

  test('stays finite for probabilities of 0 and 1 and logits of ±1e30, and is exact there', () => {
    const t = tf.tensor2d([[0, 1, 0, 1]]);
    expectFinite(bernoulliNLL(), t, tf.tensor2d([[0, 0, 1, 1]]));
    expectFinite(bernoulliNLL({ outputs: 'logits' }), t, tf.tensor2d([[-1e30, -1e30, 1e30, 1e30]]));
    tf.tidy(() => {
      const of = (l: number[]): tf.Tensor => bernoulliNLL({ outputs: 'logits' })(t, tf.tensor2d([l]));
      expectAllClose(of([-100, -100, 100, 100]), [200]);
    });
    t.dispose();
  });
});

describe('bernoulliNLL refuses', () => {
  const called = (yTrue: tf.Tensor, yPred: tf.Tensor) => () => tf.tidy(() => bernoulliNLL()(yTrue, yPred));

  test('targets below 0 or above 1, other shapes, another word', async () => {
    await tf.setBackend('cpu');
    expect(called(tf.tensor2d([[-1]]), tf.tensor2d([[0.5]]))).toThrow(
      'bernoulliNLL: yTrue must be 0, 1 or between them, got a value of -1',
    );
    expect(called(tf.tensor2d([[1.5]]), tf.tensor2d([[0.5]]))).toThrow('got a value of 1.5');
    expect(called(tf.ones([2]), tf.ones([2, 1]))).toThrow(
      'yTrue must have the shape of yPred [2, 1], got [2]',
    );
    expect(() => bernoulliNLL({ outputs: 'rate' } as never)).toThrow(
      'outputs must be one of "probabilities", "logits"',
    );
  });
});
