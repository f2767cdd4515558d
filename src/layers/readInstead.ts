/** Lets the variables of a layer hand out other tensors while the layer computes: it knows nothing of posteriors. */
import type * as tf from '@tensorflow/tfjs';

/** Runs f while each variable reads as the tensor of its place; afterwards each reads as itself, also where f throws. */
export function readInstead<T>(
  variables: readonly tf.LayerVariable[],
  tensors: readonly tf.Tensor[],
  f: () => T,
): T {
  const own = variables.map((variable) => Object.getOwnPropertyDescriptor(variable, 'read'));
  variables.forEach((variable, i) => {
    const value = (): tf.Tensor => tensors[i]!;
    Object.defineProperty(variable, 'read', { value, configurable: true, writable: true });
  });
  try {
    return f();
  } finally {
    variables.forEach((variable, i) => {
      if (own[i] === undefined) delete (variable as Partial<tf.LayerVariable>).read;
      else Object.defineProperty(variable, 'read', own[i]);
    });
  }
}
