import { checkLikelihood, familyOf } from '../../src/families/familyOf';
import type { Likelihood } from '../../src/likelihoods/likelihood';

describe('checkLikelihood', () => {
  test('gives a frozen copy, which no later change of the original reaches', () => {
    const given: Likelihood = { family: 'gaussian', stddev: 0.5 };
    const copy = checkLikelihood('predictive', given);
    given.stddev = 7;
    expect(copy).toEqual({ family: 'gaussian', stddev: 0.5 });
    expect(Object.isFrozen(copy)).toBe(true);
  });

  test.each([
    [null],
    [undefined],
    ['gaussian'],
    [7],
    [1n],
    [Symbol('s')],
    [[]],
    [{}],
    [() => 1],
    [{ family: 'toString' }],
  ])('refuses %p in one error of its own', (garbage) => {
    expect(() => checkLikelihood('predictive', garbage)).toThrow('predictive: likelihood must be');
  });

  test.each([
    [{ family: 'gaussian' }, 'stddev of the likelihood'],
    [{ family: 'gaussian', stddev: -1 }, 'stddev of the likelihood'],
    [{ family: 'gaussian', stddev: 1, outputs: 'logits' }, 'outputs'],
    [
      { family: 'categorical', outputs: 'odds' },
      'outputs of the likelihood must be one of "probabilities", "logits"',
    ],
    [{ family: 'bernoulli', outputs: 'rate' }, 'outputs of the likelihood must be one of'],
    [{ family: 'studentT', scale: 1 }, 'df of the likelihood'],
    [{ family: 'studentT', df: 4, scale: 'input' }, 'scale of the likelihood'],
    [{ family: 'poisson', outputs: 'logits' }, 'outputs of the likelihood must be one of "logRate", "rate"'],
    [{ family: 'poisson', rate: 1 }, 'rate'],
  ])('refuses %p', (likelihood, message) => {
    expect(() => checkLikelihood('predictive', likelihood)).toThrow(message);
  });
});

test('every family has the name by which it is found', () => {
  for (const family of ['categorical', 'bernoulli', 'gaussian', 'studentT', 'poisson'] as const)
    expect(familyOf({ family } as Likelihood).keys.length).toBeGreaterThan(0);
});
