/** The numbers of a tensor as they are now, whatever becomes of the tensor. */
import * as tf from '@tensorflow/tfjs';
import { isOnGPU } from '../check';

/**
 * On a GPU a clone, which costs nothing, since nothing there is changed in place; elsewhere a copy in an array: kernels change
 * a variable in place, and an array is nobody's to dispose of, where an error breaks training off.
 */
export class CopiedTensor {
  private readonly held: tf.Tensor | tf.TypedArray;
  private readonly shape: number[];
  private readonly dtype: tf.DataType;

  constructor(tensor: tf.Tensor) {
    this.shape = tensor.shape;
    this.dtype = tensor.dtype;
    this.held = isOnGPU() ? tf.keep(tensor.clone()) : tensor.dataSync().slice();
  }

  /** A fresh tensor. */
  tensor(): tf.Tensor {
    const { held, shape, dtype } = this;
    return held instanceof tf.Tensor ? held.clone() : tf.tensor(held.slice(), shape, dtype);
  }

  dispose(): void {
    if (this.held instanceof tf.Tensor) this.held.dispose();
  }
}
