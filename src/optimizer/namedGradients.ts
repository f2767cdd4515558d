/** The gradients of a step, which TensorFlow.js hands on in two forms. */
import type * as tf from '@tensorflow/tfjs';

export type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];

export interface NamedGradient {
  /** Of the variable. */
  name: string;
  /** Null where the loss does not depend on the variable, whatever the types of TensorFlow.js say. */
  tensor: tf.Tensor | null;
}

export const namedGradients = (gradients: Gradients): NamedGradient[] =>
  Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
