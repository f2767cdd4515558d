/** Makes a metric of class probabilities one that `model.compile({metrics})` takes. */
import * as tf from '@tensorflow/tfjs';
import { isLive, refuse, shown } from '../check';
import { named } from '../likelihoods/named';
import { brierScore, nll } from './classScores';
import { labelsOf, type NumberPerExample } from './probabilities';

/** `nll` or `brierScore`: one number for each example. */
export type ClassMetric = (probabilities: tf.Tensor, labels: NumberPerExample) => tf.Tensor1D;

/**
 * `compile` calls a metric with (yTrue, yPred), takes the mean of what it returns, and reports it under its name. The
 * metrics of this package have the prediction first: this turns the arguments round, hands the metric class indices [N],
 * whether the labels are one-hot or indices [N] or [N, 1], and keeps the name.
 *
 * For metrics that are a mean over examples: `nll` and `brierScore`. Not for those of a whole set, which the mean over
 * batches would falsify: the calibration error, AUROC. The likelihoods and `pinballLoss` need no turning. Values are
 * checked in every batch, which reads synchronously: not on webgpu.
 *
 * @throws if metric is no function with a name, or a class; the result, if yTrue are no such labels.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: categoricalNLL(), metrics: ['accuracy', compileMetric(brierScore)] });
 */
export function compileMetric(metric: ClassMetric): (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor1D {
  if (typeof metric !== 'function' || metric.name === '')
    refuse('compileMetric', 'metric must be a function with a name', shown(metric), 'e.g. brierScore');
  // Of all functions a class alone has a prototype that cannot be replaced.
  if (Object.getOwnPropertyDescriptor(metric, 'prototype')?.writable === false)
    refuse('compileMetric', 'metric must be a function', shown(metric), 'a class cannot be called');
  const name = OURS.get(metric) ?? metric.name;
  const turned = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor1D => {
    if (!isLive(yTrue) || !isLive(yPred))
      refuse(name, 'yTrue and yPred must be tensors', shown(isLive(yTrue) ? yPred : yTrue));
    return tf.tidy(() => metric(yPred, classOf(name, yTrue, yPred)));
  };
  return named(name, turned);
}

/** By names that no minifier changes. */
const OURS = new Map<ClassMetric, string>([
  [nll, 'nll'],
  [brierScore, 'brierScore'],
]);

/** [N, C] one-hot, [N, 1] and [N] class indices → [N]. */
const classOf = (who: string, yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor1D =>
  tf.tensor1d(Float32Array.from(labelsOf(who, 'yTrue', yTrue, yPred.shape.at(-1)!)));
