/**
 * Targets that are counts.
 *
 * The textbook form λ − y ln λ + ln y! cancels: for y = 10⁶ it subtracts numbers of 10⁷, and float32 keeps no digit. With
 * Stirling's y! = √(2πy) (y/e)^y e^δ(y) and d = ln λ − ln y, as Loader 2000 ("Fast and accurate computation of binomial
 * probabilities") and R's `dpois` do it,
 *
 *     NLL = y (e^d − 1 − d) + ½ ln 2πy + δ(y)       for y ≥ 1
 *         = λ                                       for y = 0
 */
import * as tf from '@tensorflow/tfjs';
import { checkEvery, checkKeys, checkWord } from '../check';
import { expm1Minus } from '../gaussian/kl';
import { checkOptions, checkPair, sumPerExample, lossOf, type NegativeLogLikelihood } from './likelihood';
import { lnProbability } from './lnProbability';
import { rateCheck } from './outputs';
import { asFloat } from './targets';
import { where } from '../numerics/where';

export interface PoissonNLLOptions {
  /**
   * What the model's output holds: the logarithm of the rate, from any number, or the rate itself, at least 0.
   * @defaultValue 'logRate'
   */
  outputs?: 'logRate' | 'rate';
}

/**
 * Targets that are counts: y ~ Poisson(λ), ln λ or λ the output of the model, independent outputs.
 *
 *     NLL = Σ_outputs  λ − y ln λ + ln y!                                              nats
 *
 * yTrue and yPred are of one shape [B, ...outputs]; returns [B], differentiable in yPred. Rates overflow above e^88; a
 * rate that underflowed counts as 1e-37.
 *
 * @throws if outputs is another word; the loss, if the shapes differ, a target is no whole number of at least 0 or, in the
 * first batches, a rate is negative, or they look like what a relu gives (values are not read on a GPU).
 *
 * @example
 * model.compile({ optimizer: adam(), loss: poissonNLL() });
 * poissonNLL()(tf.tensor2d([[2]]), tf.tensor2d([[0]])).print(); // [1.693]
 */
export function poissonNLL(options: PoissonNLLOptions = {}): NegativeLogLikelihood {
  const who = 'poissonNLL';
  checkOptions(who, options, "{outputs: 'rate'}");
  checkKeys(who, options, ['outputs']);
  const { outputs = 'logRate' } = options;
  checkWord(who, 'outputs', outputs, ['logRate', 'rate']);

  const checkOutput = rateCheck(who);

  return lossOf(who, { family: 'poisson', outputs }, (yTrue, yPred) => {
    checkPair(who, yTrue, yPred);
    return tf.tidy(() => {
      const [y, output] = [asFloat(yTrue), asFloat(yPred)];
      checkEvery(
        who,
        'yTrue',
        y,
        'must be counts, whole numbers of at least 0',
        (v) => Number.isInteger(v) && v >= 0,
      );
      if (outputs === 'rate') checkOutput(output);
      // An infinite rate costs Infinity, not the NaN of Infinity − Infinity.
      const ln_lambda = tf.minimum(outputs === 'logRate' ? output : lnProbability(output), 1e30);
      const isZero = tf.equal(y, 0);
      // Both branches are finite for every y: what tf.where leaves out would poison the gradient otherwise.
      const n = tf.maximum(y, 1);
      const d = where(isZero, tf.zerosLike(y), tf.sub(ln_lambda, tf.log(n)));
      const lambda = tf.exp(where(isZero, ln_lambda, tf.zerosLike(y)));
      const some = tf.add(
        tf.mul(n, expm1Minus(d)),
        tf.add(tf.mul(0.5, tf.log(tf.mul(2 * Math.PI, n))), stirlingError(n)),
      );
      return sumPerExample(where(isZero, lambda, some));
    });
  });
}

/** δ(n) = ln n! − ln(√(2πn) (n/e)^n): exact for n = 1 and 2, from 3 on to 1e-8 by the series 1/12n − 1/360n³ + … */
function stirlingError(n: tf.Tensor): tf.Tensor {
  const r = tf.div(1, tf.maximum(n, 3));
  const r2 = tf.square(r);
  const series = SERIES.slice(0, -1).reduceRight<tf.Tensor>(
    (sum, c) => tf.add(tf.mul(sum, r2), c),
    tf.fill(n.shape, SERIES.at(-1)!),
  );
  const small = where(tf.equal(n, 1), tf.fill(n.shape, delta1), tf.fill(n.shape, delta2));
  return where(tf.less(n, 3), small, tf.mul(r, series));
}

/** Abramowitz & Stegun 6.1.41. */
const SERIES = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188];
const delta1 = 1 - 0.5 * Math.log(2 * Math.PI);
const delta2 = Math.LN2 - (0.5 * Math.log(4 * Math.PI) + 2 * Math.log(2) - 2);
