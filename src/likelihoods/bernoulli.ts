/** Targets that are yes or no. */
import * as tf from '@tensorflow/tfjs';
import { checkEvery, checkKeys, checkWord } from '../check';
import { checkOptions, checkPair, sumPerExample, lossOf, type NegativeLogLikelihood } from './likelihood';
import { lnProbability } from './lnProbability';
import { logisticLoss } from './logisticLoss';
import { sigmoidCheck } from './outputs';
import { asFloat } from './targets';

export interface BernoulliNLLOptions {
  /** What the model's output holds for each label. @defaultValue 'probabilities' */
  outputs?: 'probabilities' | 'logits';
}

/**
 * Targets that are 1 or 0, one or several for each example: y ~ Bernoulli(p), p the output of the model or its sigmoid.
 *
 *     NLL = −Σ_outputs  y ln p + (1 − y) ln(1 − p)           from probabilities
 *         =  Σ_outputs  softplus(l) − y l                    from logits l, ±Infinity too                nats
 *
 * The sum over the labels of an example, where TensorFlow.js's `binaryCrossentropy` takes their mean. yTrue and yPred are
 * of one shape [B, ...outputs]; a y between 0 and 1 is the probability of a 1. Returns [B].
 *
 * From probabilities, p and 1 − p count as 1e-37 at least, so that the loss stays finite.
 *
 * @throws if outputs is another word; the loss, if the shapes differ, a target is outside of 0 … 1 or, in the first
 * batches, a probability is, or they look like what a relu gives (values are not read on a GPU).
 *
 * @example
 * model.compile({ optimizer: adam(), loss: bernoulliNLL({ outputs: 'logits' }) });
 * bernoulliNLL()(tf.tensor2d([[1, 0]]), tf.tensor2d([[0.5, 0.5]])).print(); // [1.386]
 */
export function bernoulliNLL(options: BernoulliNLLOptions = {}): NegativeLogLikelihood {
  const who = 'bernoulliNLL';
  checkOptions(who, options, "{outputs: 'logits'}");
  checkKeys(who, options, ['outputs']);
  const { outputs = 'probabilities' } = options;
  checkWord(who, 'outputs', outputs, ['probabilities', 'logits']);

  const checkOutput = sigmoidCheck(who);

  return lossOf(who, { family: 'bernoulli', outputs }, (yTrue, yPred) => {
    checkPair(who, yTrue, yPred);
    return tf.tidy(() => {
      const [y, output] = [asFloat(yTrue), asFloat(yPred)];
      checkEvery(who, 'yTrue', y, 'must be 0, 1 or between them', (v) => v >= 0 && v <= 1);
      if (outputs === 'logits') return sumPerExample(logisticLoss(y, output));
      checkOutput(output);
      const ln = tf.add(
        tf.mul(y, lnProbability(output)),
        tf.mul(tf.sub(1, y), lnProbability(tf.sub(1, output))),
      );
      return sumPerExample(tf.neg(ln));
    });
  });
}
