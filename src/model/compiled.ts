/** What is asked of a model before its loss or its optimizer is used. */
import type * as tf from '@tensorflow/tfjs';
import { checkModel, refuse } from '../check';

/** The optimizer that a model was compiled with. @throws if it was not, or is none; `reason` says what needs it. */
export function compiledOptimizer(who: string, model: tf.LayersModel, reason: string): tf.Optimizer {
  checkModel(who, model);
  return (
    model.optimizer ??
    refuse(
      who,
      `the model must be compiled, ${reason}`,
      'a model that is not',
      'model.compile({optimizer, loss})',
    )
  );
}

/** Is it in `fit` or `fitDataset`? Their end, also by an error, is the end of it. */
export const isInTraining = (model: tf.LayersModel): boolean =>
  (model as unknown as { isTraining: boolean }).isTraining;

/**
 * Does the training that the model is in still go on? To be asked later: an error that breaks training off ends it for
 * TensorFlow.js, and tells no callback. Each training has a history of its own.
 */
export function thisTraining(model: tf.LayersModel): () => boolean {
  const { history } = model;
  return () => isInTraining(model) && model.history === history;
}
