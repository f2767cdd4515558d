import * as tf from '@tensorflow/tfjs';
import { predictive } from '../../src';
import { checkLikelihood, type Likelihood } from '../../src/predict/likelihood';
import { eachBackend } from '../helpers/eachBackend';
import { output, sequential } from '../helpers/models';

describe('checkLikelihood', () => {
  test('gives a frozen copy, which no later change of the original reaches', () => {
    const given: Likelihood = { family: 'gaussian', stddev: 0.5 };
    const copy = checkLikelihood('predictive', given);
    given.stddev = 7;
    expect(copy).toEqual({ family: 'gaussian', stddev: 0.5 });
    expect(Object.isFrozen(copy)).toBe(true);
  });

  test.each([[null], [undefined], ['gaussian'], [7], [1n], [Symbol('s')], [[]], [{}], [() => 1]])(
    'refuses %p in one error of its own',
    (garbage) => {
      expect(() => checkLikelihood('predictive', garbage)).toThrow('predictive: likelihood must be');
    },
  );
});

eachBackend('a categorical likelihood', () => {
  test.each(['logits', 'probabilities'] as const)('of %s refuses fewer than two classes', async (outputs) => {
    const model = sequential(output({ units: 1, inputShape: [1] }));
    const x = tf.ones([2, 1]);
    const options = { samples: 2, likelihood: { family: 'categorical', outputs } as Likelihood };
    await expect(predictive(model, x, options)).rejects.toThrow(
      /must have a column for each of two classes or more, got \[\?, 1\]; .* bernoulliNLL and a sigmoid/,
    );
    model.dispose();
    x.dispose();
  });
});
