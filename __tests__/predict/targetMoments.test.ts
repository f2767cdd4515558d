/**
 * Mean and variance of targets without a draw, against many draws. Of one linear layer the moments of the outputs are exact,
 * so that what differs is the reading of the likelihood alone.
 */
import * as tf from '@tensorflow/tfjs';
import {
  bernoulliNLL,
  categoricalNLL,
  gaussianNLL,
  poissonNLL,
  predictive,
  predictiveMoments,
  studentTNLL,
  type NegativeLogLikelihood,
} from '../../src';
import type { Likelihood } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { modelsOfEachTest, output, rowsFor, sequential } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const S = 20_000;

const LIKELIHOODS: Array<[string, NegativeLogLikelihood]> = [
  ['a known stddev', gaussianNLL({ stddev: 0.5 })],
  ['a predicted stddev', gaussianNLL({ stddev: 'output' })],
  ['Student’s t', studentTNLL({ df: 5, scale: 'output' })],
  ['labels by logits', bernoulliNLL({ outputs: 'logits' })],
  ['counts by log rates', poissonNLL()],
  ['classes by logits', categoricalNLL({ outputs: 'logits' })],
];

eachBackend('predictiveMoments of targets with', () => {
  const { made } = modelsOfEachTest(0.3);

  test.each(LIKELIHOODS)('%s', async (_, loss) => {
    const model = made(sequential(output({ units: 4, inputShape: [3] })));
    const [x] = rowsFor(model, 3);
    model.compile({ optimizer: 'sgd', loss });
    const p = await predictive(model, x!, { samples: S, seed: 1, draws: false });
    const moments = await predictiveMoments(model, x!);
    const { total, epistemic } = p.varianceSplit();
    // Five standard errors of a mean, and of a variance that is at worst as uncertain as a log-normal's.
    const error = (5 * tf.sqrt(p.varianceSplit().epistemic.max()).dataSync()[0]!) / Math.sqrt(S);
    // 0.02 and 0.04 are the errors of the softmax's moments, which have no closed form.
    const isSoftmax = loss.likelihood!.family === 'categorical';
    expectAllClose(moments.mean, p.mean(), { rtol: 0, atol: isSoftmax ? 0.02 : error });
    expectAllClose(moments.epistemic, epistemic, { rtol: 0.1, atol: isSoftmax ? 0.02 : 1e-4 });
    expectAllClose(moments.variance, total, { rtol: isSoftmax ? 0.1 : 0.05, atol: 1e-4 });
    p.dispose();
  });
});

eachBackend('predictiveMoments', () => {
  const { made } = modelsOfEachTest(0.3);

  test('of outputs without a likelihood are those of the outputs', async () => {
    const model = made(sequential(output({ inputShape: [3] })));
    const [x] = rowsFor(model, 3);
    const { variance, epistemic } = await predictiveMoments(model, x!);
    expectAllClose(epistemic, variance, { rtol: 0, atol: 0 });
    const noisy = await predictiveMoments(model, x!, { likelihood: { family: 'gaussian', stddev: 3 } });
    expectAllClose(noisy.variance, tf.add(variance, 9));
    expectAllClose(noisy.epistemic, variance);
  });

  test('refuses a likelihood that has no variance, or asks for other outputs', async () => {
    const model = made(sequential(output({ units: 3, inputShape: [3] })));
    const [x] = rowsFor(model, 3);
    await expectCleanRejection(
      () => predictiveMoments(model, x!, { likelihood: { family: 'studentT', df: 2, scale: 1 } }),
      "a variance of Student's t needs a df above 2",
    );
    await expectCleanRejection(
      () => predictiveMoments(model, x!, { likelihood: gaussianNLL({ stddev: 'output' }) }),
      /^predictiveMoments: \S+ must hold K means and K raw scales/,
    );
  });

  test.each([
    [{ family: 'categorical' }, 'must hold class probabilities'],
    [{ family: 'bernoulli' }, 'must hold probabilities of yes-or-no labels'],
    [{ family: 'poisson', outputs: 'rate' }, 'must hold rates of at least 0'],
  ] as Array<[Likelihood, string]>)(
    'refuses the likelihood %p of outputs that are not such',
    async (likelihood, rule) => {
      const model = made(sequential(output({ units: 3, inputShape: [3] })));
      const x = tf.randomNormal([8, 3], 0, 3, 'float32', 1);
      await expectCleanRejection(() => predictiveMoments(model, x, { likelihood }), rule);
    },
  );

  test('takes probabilities and rates that float32 rounds to their ends', async () => {
    const x = tf.fill([2, 3], 1e4);
    for (const [activation, likelihood] of [
      ['sigmoid', { family: 'bernoulli' }],
      ['relu', { family: 'poisson', outputs: 'rate' }],
    ] as Array<['sigmoid' | 'relu', Likelihood]>)
      for (const value of [-1, 1]) {
        const last = output({ units: 2, inputShape: [3], non_linearity: activation });
        const model = made(sequential(last));
        last.setPosterior({ A_mean: tf.fill([3, 2], value), A_scale: tf.fill([3, 2], 0.1) });
        const { mean } = await predictiveMoments(model, x, { likelihood });
        expect(mean.shape).toEqual([2, 2]);
      }
  });
});
