/** Where a prediction has its likelihood from. */
import * as tf from '@tensorflow/tfjs';
import {
  bernoulliNLL,
  categoricalNLL,
  gaussianNLL,
  poissonNLL,
  predictive,
  predictiveStream,
  studentTNLL,
  type LikelihoodLike,
} from '../../src';
import { asLikelihood, compiledLikelihoods } from '../../src/predict/givenLikelihood';
import { startBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { apply, hidden, modelsOfEachTest, output, rowsFor, sequential } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

beforeAll(() => startBackend('cpu'));

const LOSSES: Array<[string, LikelihoodLike, object | undefined]> = [
  ['gaussianNLL', gaussianNLL({ stddev: 0.3 }), { family: 'gaussian', stddev: 0.3 }],
  ['studentTNLL', studentTNLL({ df: 4, scale: 'output' }), { family: 'studentT', df: 4, scale: 'output' }],
  ['categoricalNLL', categoricalNLL({ outputs: 'logits' }), { family: 'categorical', outputs: 'logits' }],
  ['bernoulliNLL', bernoulliNLL(), { family: 'bernoulli', outputs: 'probabilities' }],
  ['poissonNLL', poissonNLL(), { family: 'poisson', outputs: 'logRate' }],
  ['the name categoricalCrossentropy', 'categoricalCrossentropy', { family: 'categorical' }],
  ['the name sparseCategoricalCrossentropy', 'sparseCategoricalCrossentropy', { family: 'categorical' }],
  ['the name binaryCrossentropy', 'binaryCrossentropy', { family: 'bernoulli' }],
  ['the name poisson', 'poisson', { family: 'poisson', outputs: 'rate' }],
  ['tf.metrics.binaryCrossentropy', tf.metrics.binaryCrossentropy, { family: 'bernoulli' }],
  [
    'tf.losses.softmaxCrossEntropy',
    tf.losses.softmaxCrossEntropy,
    { family: 'categorical', outputs: 'logits' },
  ],
  ['meanSquaredError', 'meanSquaredError', undefined],
  ['a function of somebody', (_: tf.Tensor, yPred: tf.Tensor) => yPred.mean(), undefined],
];

describe('a compiled loss', () => {
  const { made } = modelsOfEachTest(0.3);

  test.each(LOSSES)('%s tells the likelihood', (_, loss, expected) => {
    const model = made(sequential(output({ inputShape: [3] })));
    expect(compiledLikelihoods(model)).toEqual([undefined]);
    model.compile({ optimizer: 'sgd', loss: loss as never });
    expect(compiledLikelihoods(model)).toEqual([expected]);
  });

  test('of several outputs tells it by order and by name', () => {
    const input = tf.input({ shape: [3] });
    const [a, b] = ['a', 'b'].map((name) => apply(output({ name }), input));
    const model = made(tf.model({ inputs: input, outputs: [a!, b!] }));
    const [loss, both] = [gaussianNLL({ stddev: 2 }), { family: 'gaussian', stddev: 2 }];
    for (const [given, expected] of [
      [loss, [both, both]],
      [
        [loss, 'meanSquaredError'],
        [both, undefined],
      ],
      [{ a: 'meanSquaredError', b: loss }, [undefined, both]],
    ] as const) {
      model.compile({ optimizer: 'sgd', loss: given as never });
      expect(compiledLikelihoods(model)).toEqual(expected);
    }
  });

  test('is what predictive and predictiveStream take, unless another is given', async () => {
    const model = made(sequential(hidden({ inputShape: [3] }), output()));
    const [x] = rowsFor(model, 4);
    model.compile({ optimizer: 'sgd', loss: gaussianNLL({ stddev: 0.5 }) });
    const options = { samples: 8, seed: 2 };
    const p = await predictive(model, x!, options);
    expectAllClose(p.varianceSplit().aleatoric, tf.fill([4, 2], 0.25));
    const other = await predictive(model, x!, { ...options, likelihood: gaussianNLL({ stddev: 2 }) });
    expectAllClose(other.varianceSplit().aleatoric, tf.fill([4, 2], 4));
    expectAllClose(other.varianceSplit().epistemic, p.varianceSplit().epistemic);
    for await (const estimate of predictiveStream(model, x!, { maxSamples: 8, seed: 2 }))
      expectAllClose(estimate.varianceSplit().aleatoric, tf.fill([4, 2], 0.25));
    p.dispose();
    other.dispose();
  });

  test('that contradicts the outputs is an error of prediction', async () => {
    const model = made(sequential(output({ inputShape: [3] })));
    const x = rowsFor(model, 4);
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    await expectCleanRejection(() => predictive(model, x), 'must hold class probabilities');
  });
});

test.each([
  ['meanSquaredError', 'must be a loss that tells it'],
  [() => 1, 'got the function without a name'],
  [{ family: 'gaussian' }, 'stddev of the likelihood'],
  [7, 'likelihood must be'],
])('%p tells none', (given, message) => {
  expect(() => asLikelihood('predictive', given)).toThrow(message);
});
