/**
 * The one door to what a backend does its own way: the fast paths beside the mathematics, each of which can be missing.
 *
 * `tf.env().set('BNN_KERNELS', false)` closes it: then everything runs in tf ops, as it is written in the rooms that
 * ask here.
 */
import * as tf from '@tensorflow/tfjs';
import type { Kernels } from './contract';
import { nativeKernels } from './native';

const FLAG = 'BNN_KERNELS';
tf.env().registerFlag(FLAG, () => true);

/** What the current backend does its own way. */
export function kernels(): Partial<Kernels> {
  if (!tf.env().getBool(FLAG)) return NONE;
  switch (tf.getBackend()) {
    case 'tensorflow':
      return nativeKernels;
    default:
      return NONE;
  }
}

const NONE: Partial<Kernels> = {};
