/** Targets that are one of C classes. */
import * as tf from '@tensorflow/tfjs';
import {
  checkEvery,
  checkKeys,
  checkNumbers,
  isOnGPU,
  refuse,
  sameShape,
  shownShape,
  checkWord,
} from '../check';
import { checkOptions, checkTensors, sumPerExample, lossOf, type NegativeLogLikelihood } from './likelihood';
import { crossEntropy } from './crossEntropy';
import { lnProbability } from './lnProbability';
import { logitsCheck, probabilitiesCheck } from './outputs';
import { asFloat } from './targets';
import { where } from '../numerics/where';

export interface CategoricalNLLOptions {
  /** What the last axis of the model's output holds for each class. @defaultValue 'probabilities' */
  outputs?: 'probabilities' | 'logits';
}

/**
 * Targets that are one of C classes: y ~ Categorical(p), p the output of the model or the softmax of it.
 *
 *     NLL = −ln p_y = −Σ_c 1{c = y} ln p_c              from probabilities
 *         = −l_y + ln Σ_c exp l_c                       from logits l                    nats
 *
 * yPred is [B, ..., C]; yTrue is one-hot (or any distribution over the classes) of the same shape, or class indices
 * [B, ...], also as [B, ..., 1]; `fit` and `evaluate` take only the first, `fitDataset` all. Returns [B]: the sum over
 * axes in between.
 *
 * From probabilities, a softmax that underflowed to 0 counts as 1e-37, so that the loss stays finite; its gradient is
 * lost with it. From logits nothing is lost; a class of the logit −Infinity is masked, and costs Infinity where it is the
 * label.
 *
 * @throws if outputs is another word; the loss, if the shapes do not fit, there are fewer than two classes, a class index
 * is none of 0 … C − 1, a one-hot row is negative somewhere or does not sum to 1, or, in the first batches, rows of yPred
 * are no probabilities, or logits are those of a softmax (values are not read on a GPU; there such an index has the loss NaN).
 *
 * @example
 * classifier.compile({ optimizer: adam(), loss: categoricalNLL() });
 * categoricalNLL()(tf.tensor2d([[0, 1]]), tf.tensor2d([[0.5, 0.5]])).print(); // [0.693]
 */
export function categoricalNLL(options: CategoricalNLLOptions = {}): NegativeLogLikelihood {
  const who = 'categoricalNLL';
  checkOptions(who, options, "{outputs: 'logits'}");
  checkKeys(who, options, ['outputs']);
  const { outputs = 'probabilities' } = options;
  checkWord(who, 'outputs', outputs, ['probabilities', 'logits']);

  const checkOutput = outputs === 'logits' ? logitsCheck(who) : probabilitiesCheck(who);

  return lossOf(who, { family: 'categorical', outputs }, (y, yPred) => {
    return tf.tidy(() => {
      const p_y = classDistribution(who, y, yPred);
      const output = asFloat(yPred);
      checkOutput(output);
      return sumPerExample(
        outputs === 'logits' ? crossEntropy(p_y, output) : tf.neg(tf.mul(p_y, lnProbability(output))),
      );
    });
  });
}

/** The targets as a distribution over the classes, [B, ..., C]. */
function classDistribution(who: string, y: tf.Tensor, output: tf.Tensor): tf.Tensor {
  checkTensors(who, y, output);
  const C = output.shape.at(-1)!;
  if (output.rank < 2 || C < 2)
    refuse(
      who,
      'yPred must have a column for every class [B, ..., C]',
      shownShape(output.shape),
      'for one column use bernoulliNLL, and a sigmoid',
    );
  if (sameShape(y.shape, output.shape)) {
    checkDistributions(who, y);
    return asFloat(y);
  }
  const positions = output.shape.slice(0, -1);
  if (!sameShape(y.shape, positions) && !sameShape(y.shape, [...positions, 1]))
    refuse(
      who,
      `yTrue must be one-hot ${shownShape(output.shape)} or class indices ${shownShape(positions)}`,
      shownShape(y.shape),
    );
  const index = tf.reshape(y, positions);
  checkEvery(
    who,
    'yTrue',
    index,
    `must be class indices from 0 to ${C - 1}`,
    (v) => Number.isInteger(v) && v >= 0 && v < C,
  );
  // In int32 and then cast: asked for float32, wasm's oneHot writes the bits of an integer 1, which read as 1e-45.
  const oneHot = tf.cast(tf.oneHot(tf.cast(index, 'int32'), C), 'float32');
  // An index that is no class has a row of zeros, and would cost nothing.
  const isClass = tf.equal(tf.sum(oneHot, -1, true), 1);
  return where(tf.broadcastTo(isClass, oneHot.shape), oneHot, tf.fill(oneHot.shape, NaN));
}

/** One-hot rows, or distributions over the classes; as `checkEvery`, not on a GPU. */
function checkDistributions(who: string, y: tf.Tensor): void {
  if (isOnGPU()) return;
  const values = y.dataSync();
  const rule = 'must be one-hot or a distribution over the classes';
  checkNumbers(who, 'yTrue', values, rule, (v) => v >= 0 && v <= 1);
  const C = y.shape.at(-1)!;
  const sums = new Float64Array(values.length / C);
  values.forEach((v, i) => (sums[Math.floor(i / C)]! += v));
  checkNumbers(who, 'every row of yTrue', sums, 'must sum to 1', (sum) => Math.abs(sum - 1) < 1e-3);
}
