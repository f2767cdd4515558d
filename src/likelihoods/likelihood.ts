/**
 * Likelihoods as losses for `model.compile({loss})`: negative log likelihoods in nats, constants included.
 *
 * Each returns one number per example, [B], a sum over every axis but the batch. `fit` and `evaluate` take the mean
 * of that over the batch, and the class weights of `fit` multiply it example by example. Only of such a loss is
 *
 *     mean NLL + KL_factor · KL,     KL_factor = 1 / (number of training examples)
 *
 * the negative ELBO per example (Blundell et al. 2015, arXiv:1505.05424, eq. 1, divided by the number of examples).
 *
 * The losses of TensorFlow.js will not do: `meanSquaredError` is the mean over K outputs, (1/K) Σ (y − μ)², which up
 * to a constant is the Gaussian NLL with the variance σ² = K/2, whatever the noise of the data; `binaryCrossentropy`
 * divides by the number of labels; for an output of rank 3 all of them average over the positions too.
 *
 * Targets are finite numbers, float32, int32 or bool, and carry no gradient. Their values are checked where reading them
 * costs little (cpu, wasm, native), not where it would stall a GPU in every step; those of the outputs likewise, in the
 * first batches.
 */
import * as tf from '@tensorflow/tfjs';
import { isLive, isTensor, refuse, sameShape, shown, shownShape } from '../check';
import { named } from './named';

/** A number above 0 that is known, or `'output'`: raw scales in the second half of the last axis of the output. */
export type Scale = number | 'output';

/**
 * How a target is distributed, given the output of a model: the options of a loss of this package, as data.
 *
 * - `categorical`: the last axis holds the probabilities of two classes or more, or (`outputs: 'logits'`) their logits;
 * - `bernoulli`: each output is the probability, or the logit, of a label that is yes or no;
 * - `gaussian`: the mean of a target with Gaussian noise of a known stddev (a number in the unit of the targets, not a
 *   variance), or (`stddev: 'output'`) K means and then K raw scales;
 * - `studentT`: the same with heavy tails, of `df` degrees of freedom and a scale;
 * - `poisson`: the logarithm of the rate of counts, or (`outputs: 'rate'`) the rate.
 */
export type Likelihood =
  | { family: 'categorical'; outputs?: 'probabilities' | 'logits' }
  | { family: 'bernoulli'; outputs?: 'probabilities' | 'logits' }
  | { family: 'gaussian'; stddev: Scale }
  | { family: 'studentT'; df: number; scale: Scale }
  | { family: 'poisson'; outputs?: 'logRate' | 'rate' };

/** The options of one family. */
export type LikelihoodOf<Name extends Likelihood['family']> = Extract<Likelihood, { family: Name }>;

/** −ln p(yTrue | yPred) in nats, one number per example [B]: what `model.compile({loss})` takes. */
export interface NegativeLogLikelihood {
  (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor1D;
  /** What it is the loss of: prediction takes it from a compiled model. */
  readonly likelihood?: Likelihood;
}

/** A loss that says what it is the loss of. */
export const lossOf = (
  name: string,
  likelihood: Likelihood,
  loss: (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor1D,
): NegativeLogLikelihood => Object.assign(named(name, loss), { likelihood: Object.freeze(likelihood) });

/** [B, ...] → [B]. */
export function sumPerExample(t: tf.Tensor): tf.Tensor1D {
  if (t.rank === 1) return t as tf.Tensor1D;
  return tf.sum(tf.reshape(t, [t.shape[0], -1]), 1);
}

/** @throws if one of the two is no tensor, or holds no examples. */
export function checkTensors(who: string, yTrue: tf.Tensor, yPred: tf.Tensor): void {
  if (!isLive(yTrue)) refuse(who, 'yTrue must be a tensor', shown(yTrue));
  if (!isLive(yPred)) refuse(who, 'yPred must be a tensor', shown(yPred));
  for (const { rank, size, shape, dtype } of [yTrue, yPred]) {
    if (rank === 0 || size === 0)
      refuse(who, 'yTrue and yPred must hold examples [B, ...outputs]', shownShape(shape));
    if (!['float32', 'int32', 'bool'].includes(dtype))
      refuse(who, 'yTrue and yPred must be of dtype float32, int32 or bool', dtype);
  }
}

/** @throws if the two are not tensors of one shape that hold examples; broadcasting would go unnoticed. */
export function checkPair(who: string, yTrue: tf.Tensor, yPred: tf.Tensor): void {
  if (isTensor(yTrue) && isTensor(yPred) && !sameShape(yTrue.shape, yPred.shape))
    refuse(
      who,
      `yTrue must have the shape of yPred ${shownShape(yPred.shape)}`,
      shownShape(yTrue.shape),
      remedyForShapes(yTrue, yPred),
    );
  checkTensors(who, yTrue, yPred);
}

function remedyForShapes(yTrue: tf.Tensor, yPred: tf.Tensor): string | undefined {
  const { shape } = yPred;
  const withColumns = (n: number): number[] => [...shape.slice(0, -1), n];
  const remedies = [];
  if (sameShape(yTrue.shape, withColumns(shape.at(-1)! / 2)))
    remedies.push(
      "where the net ends in learnedNoise() or predictedNoise(), give the loss 'output' for its stddev",
    );
  if (sameShape(yTrue.shape, withColumns(shape.at(-1)! - 1)))
    remedies.push(
      'where it ends in a HiddenLayer, say include_hidden_bias: false there: it appends a column of ones',
    );
  if (yTrue.size === yPred.size) remedies.push(`reshape the targets: yTrue.reshape(${shownShape(shape)})`);
  return remedies.length > 0 ? remedies.join('; ') : undefined;
}

/** The options object of a likelihood. @throws if it is none. */
export function checkOptions(who: string, options: unknown, example: string): asserts options is object {
  // fit calls what it is given as a loss with the targets.
  if (isTensor(options))
    refuse(
      who,
      'options must be an object',
      shown(options),
      `call it where it is given as a loss: loss: ${who}(…)`,
    );
  if (typeof options !== 'object' || options === null)
    refuse(who, 'options must be an object', shown(options), `write ${who}(${example})`);
}
