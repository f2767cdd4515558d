/**
 * An operation with a hand-derived gradient that is computed only for the inputs that need it.
 *
 * `tf.customGrad` computes the gradient with respect to every input, also the one that nobody asks for: the
 * first layer of a net would pay a matrix product for the gradient with respect to the data. A kernel that is
 * registered under a name, with its gradients as functions, pays only for what is used.
 */
import * as tf from '@tensorflow/tfjs';

export interface Op {
  /** Registered with TensorFlow.js for every backend that calls it: a name that no other package uses. */
  name: string;
  /** The value, in tf ops, so that it runs on every backend. */
  forward: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** For each input the function that makes its gradient, given that of the output. */
  gradients: (dy: tf.Tensor, inputs: tf.Tensor[]) => Array<() => tf.Tensor>;
}

/** Makes the function that runs `op`. */
export function defineOp({ name, forward, gradients }: Op): (...inputs: tf.Tensor[]) => tf.Tensor {
  const keys = Array.from({ length: forward.length }, (_, i) => `input${i}`);

  tf.registerGradient({
    kernelName: name,
    inputsToSave: keys,
    gradFunc: (dy, saved) => {
      const byInput = gradients(dy as tf.Tensor, saved);
      return Object.fromEntries(keys.map((key, i) => [key, byInput[i] as () => tf.Tensor]));
    },
  });

  return (...inputs) => {
    // Backends come and go at run time, and the package may be loaded twice (ESM and CommonJS).
    const backendName = tf.getBackend();
    if (tf.getKernel(name, backendName) == null)
      tf.registerKernel({
        kernelName: name,
        backendName,
        // Tidied here, since the caller's tape is off and a kernel owes its backend everything but its result.
        kernelFunc: ({ inputs: named }) =>
          tf.tidy(() => forward(...keys.map((key) => (named as tf.NamedTensorMap)[key]!))),
      });
    return tf.engine().runKernel(name, Object.fromEntries(keys.map((key, i) => [key, inputs[i]!])));
  };
}
