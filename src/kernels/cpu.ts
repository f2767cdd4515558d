/**
 * TensorFlow.js' cpu backend, whose loops are JavaScript: the SIMD loops over copies. A product of matrices of 128 × 784
 * and 784 × 400 takes it 80 ms, the copies and the loop 4.
 */
import * as tf from '@tensorflow/tfjs';
import type { Kernels } from './contract';
import { Desk, ownSimd } from './memory';
import { SPARE } from './simd';
import { simdKernels, type Place } from './simdKernels';

export function cpuKernels(): Partial<Kernels> {
  const simd = ownSimd();
  return simd === undefined ? {} : simdKernels(simd, openDesk);
}

function openDesk(): Place {
  const desk = new Desk();
  return {
    at: (tensor) => desk.put(tensor.dataSync() as Float32Array),
    fresh: (shape) => {
      const n = tf.util.sizeFromShape(shape);
      const address = desk.room(n);
      return { address, tensor: () => tf.tensor(desk.take(address, n), shape, 'float32') };
    },
    spare: () => desk.room(SPARE),
  };
}
