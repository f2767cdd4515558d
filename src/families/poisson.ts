/** Targets that are counts: y ~ Poisson(λ). Their mean is that of the rates, not of their logarithms. */
import * as tf from '@tensorflow/tfjs';
import { checkWord, shown } from '../check';
import type { LikelihoodOf } from '../likelihoods/likelihood';
import { poissonCdf } from '../numerics/incompleteGamma';
import { quantileOfCounts } from '../numerics/mixture';
import type { Family, Flaw } from './family';

export const poisson: Family<LikelihoodOf<'poisson'>> = {
  keys: ['outputs'],
  checkOptions(who, { outputs }) {
    if (outputs !== undefined) checkWord(who, 'outputs of the likelihood', outputs, ['logRate', 'rate']);
  },
  async valueFlaw({ outputs }, y): Promise<Flaw | undefined> {
    if (outputs !== 'rate') return undefined;
    const least = tf.min(y);
    const [value] = await least.data();
    least.dispose();
    // Rounding may leave a mean of zeros below 0.
    if (value! >= -1e-6) return undefined;
    return {
      rule: 'must hold rates of at least 0',
      got: shown(value),
      remedy: "let the model end in softplus, or say outputs: 'logRate'",
    };
  },
  read({ outputs }, output) {
    return { value: outputs === 'rate' ? output : tf.exp(output) };
  },
  /** A Gaussian log rate is a log-normal rate: E λ = e^(m + v/2), Var λ = (E λ)² (e^v − 1). */
  readMoments({ outputs }, output) {
    if (outputs === 'rate') return { value: output };
    const { mean: m, variance: v } = output;
    const mean = tf.exp(tf.add(m, tf.mul(0.5, v)));
    return { value: { mean, variance: tf.mul(tf.square(mean), tf.expm1(v)) } };
  },
  /** The variance of counts is their rate. */
  aleatoric: (_, { mean }) => tf.clone(mean),
  hasRawScales: () => false,
  quantile({ outputs }, level, { outputs: draws }) {
    const lambda = outputs === 'rate' ? draws : draws.map(Math.exp);
    const S = lambda.length;
    const least = lambda.reduce((a, b) => Math.min(a, b), Infinity);
    // By Chernoff's bound P(y ≤ λ − d) ≤ e^(−d²/2λ): the quantile of the least rate is not below.
    const reach = Math.sqrt(-2 * least * Math.log(level));
    return quantileOfCounts(
      level,
      (k) => lambda.reduce((sum, rate) => sum + poissonCdf(k, rate), 0) / S,
      least - reach - 1,
    );
  },
};
