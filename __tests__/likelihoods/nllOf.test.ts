import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src';
import { nllOf } from '../../src/likelihoods/nllOf';

beforeAll(() => tf.setBackend('cpu'));

/** A likelihood as data, the loss with the same options, targets [1, 2] and an output. */
const CASES: Array<[bnn.Likelihood, bnn.NegativeLogLikelihood, number[], number[]]> = [
  [{ family: 'categorical' }, bnn.categoricalNLL(), [0, 1], [0.25, 0.75]],
  [
    { family: 'categorical', outputs: 'logits' },
    bnn.categoricalNLL({ outputs: 'logits' }),
    [0, 1],
    [0.25, 0.75],
  ],
  [{ family: 'bernoulli' }, bnn.bernoulliNLL(), [0, 1], [0.25, 0.5]],
  [{ family: 'gaussian', stddev: 0.3 }, bnn.gaussianNLL({ stddev: 0.3 }), [0, 1], [0.25, 0.5]],
  [{ family: 'studentT', df: 3, scale: 2 }, bnn.studentTNLL({ df: 3, scale: 2 }), [0, 1], [0.25, 0.5]],
  [{ family: 'poisson' }, bnn.poissonNLL(), [2, 1], [0.25, 0.5]],
  [{ family: 'poisson', outputs: 'rate' }, bnn.poissonNLL({ outputs: 'rate' }), [2, 1], [0.25, 0.5]],
];

test.each(CASES)('%j as data is the loss with these options', (likelihood, loss, y, output) => {
  tf.tidy(() => {
    const [yTrue, yPred] = [tf.tensor2d([y]), tf.tensor2d([output])];
    const made = nllOf(likelihood);
    for (const each of [made, loss]) expect(each.likelihood).toMatchObject(likelihood);
    expect(made(yTrue, yPred).arraySync()).toEqual(loss(yTrue, yPred).arraySync());
  });
});
