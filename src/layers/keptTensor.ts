/**
 * A tensor that is made from a variable once and kept until the variable changes: `predict` calls a layer for every 32
 * rows, and the exponentials of all scales cost more than the products of so few.
 *
 * It is one tensor all the time, an empty one where nothing is kept: predictions leave the number of tensors as it was.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';

export class KeptTensor {
  private tensor: tf.Tensor = tf.keep(tf.tensor1d([]));
  private key: unknown[] = [];

  /** It goes with its variable, whoever disposes of that: a wrapper disposes of a layer's variables and not of the layer. */
  constructor(private readonly variable: tf.Tensor) {
    const dispose = variable.dispose.bind(variable);
    variable.dispose = () => {
      this.tensor.dispose();
      dispose();
    };
  }

  /** What `make` makes of the variable, not to be disposed of; `variant` tells different things apart. */
  of(make: () => tf.Tensor, variant?: unknown): tf.Tensor {
    const key = (): unknown[] => [...keyOf(this.variable), variant];
    if (!sameKey(this.key, key())) {
      this.replace(tf.tidy(() => tf.keep(make())));
      // Only now: what was waiting for its upload has another key afterwards.
      this.key = key();
    }
    return this.tensor;
  }

  /** Lets go of it. */
  release(): void {
    if (this.key.length > 0) this.replace(tf.keep(tf.tensor1d([])));
  }

  private replace(tensor: tf.Tensor): void {
    this.tensor.dispose();
    this.tensor = tensor;
    this.key = [];
  }
}

/** What changes with a variable's numbers: an assignment changes the data's identity, an in-place kernel its version. */
export const versionOf = (variable: tf.Tensor): unknown[] => [variable.dataId, kernels().version?.(variable)];

export const keyOf = (variable: tf.Tensor): unknown[] => [tf.getBackend(), ...versionOf(variable)];

const sameKey = (a: unknown[], b: unknown[]): boolean => a.length > 0 && a.every((part, i) => part === b[i]);
