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
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositive, isTensor, refuse, sameShape, shown, shownShape } from './check';

/** −ln p(yTrue | yPred) in nats, one number per example [B]: what `model.compile({loss})` takes. */
export type NegativeLogLikelihood = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor1D;

export interface GaussianNLLOptions {
  /** Stddev σ (not variance) of the noise, in the unit of the targets, the same for every output: above 0. */
  stddev: number;
}

const HALF_LN_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Targets with Gaussian noise of a known stddev: y ~ Normal(μ, σ²), μ the output of the model, independent outputs.
 *
 *     NLL = Σ_outputs  ½ ((y − μ)/σ)² + ln σ + ½ ln 2π                                 nats
 *
 * The loss takes yTrue and yPred of one shape [B, ...outputs] and returns [B], differentiable in both. It is negative
 * where the density is above 1, as it is for a small σ.
 *
 * @throws if stddev is not a finite number above 0; the loss, if the shapes differ. (`fit` and `evaluate` refuse
 * targets of another shape by themselves, `fitDataset` does not.)
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: gaussianNLL({ stddev: 0.1 }) });
 */
export function gaussianNLL(options: GaussianNLLOptions): NegativeLogLikelihood {
  const who = 'gaussianNLL';
  if (typeof options !== 'object' || options === null)
    refuse(who, 'options must be an object', shown(options), 'write gaussianNLL({stddev: …})');
  checkKeys(who, options, ['stddev']);
  const σ = options.stddev;
  checkPositive(who, 'stddev', σ);

  // The function's name is what a report calls it when it is given as a metric.
  return function gaussianNLL(y, μ) {
    checkPair(who, y, μ);
    return tf.tidy(() => {
      const z = tf.div(tf.sub(y, μ), σ);
      return sumPerExample(tf.add(tf.mul(0.5, tf.square(z)), Math.log(σ) + HALF_LN_2PI));
    });
  };
}

/** [B, ...] → [B]. */
function sumPerExample(t: tf.Tensor): tf.Tensor1D {
  return tf.sum(t.reshape([t.shape[0], -1]), 1);
}

function checkPair(who: string, yTrue: tf.Tensor, yPred: tf.Tensor): void {
  if (!isTensor(yTrue)) refuse(who, 'yTrue must be a tensor', shown(yTrue));
  if (!isTensor(yPred)) refuse(who, 'yPred must be a tensor', shown(yPred));
  if (!sameShape(yTrue.shape, yPred.shape))
    refuse(
      who,
      `yTrue must have the shape of yPred ${shownShape(yPred.shape)}`,
      shownShape(yTrue.shape),
      remedyForShapes(yTrue, yPred),
    );
  if (yTrue.size === 0 || yTrue.rank === 0)
    refuse(who, 'yTrue and yPred must hold examples [B, ...outputs]', shownShape(yTrue.shape));
}

function remedyForShapes(yTrue: tf.Tensor, yPred: tf.Tensor): string | undefined {
  const { shape } = yPred;
  const oneColumnLess = [...shape.slice(0, -1), shape.at(-1)! - 1];
  if (sameShape(yTrue.shape, oneColumnLess))
    return 'the last HiddenLayer probably keeps include_hidden_bias: true, a column of ones: set it to false there';
  return yTrue.size === yPred.size ? `reshape the targets: yTrue.reshape(${shownShape(shape)})` : undefined;
}
