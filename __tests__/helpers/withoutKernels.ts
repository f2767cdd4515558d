/** Runs `f` in tf ops, as the rooms of the mathematics say it. */
import * as tf from '@tensorflow/tfjs';

export function withoutKernels<T>(f: () => T): T {
  tf.env().set('BNN_KERNELS', false);
  try {
    return f();
  } finally {
    tf.env().set('BNN_KERNELS', true);
  }
}
