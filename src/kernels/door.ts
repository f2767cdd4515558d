/**
 * The one door to what a backend does its own way: the fast paths beside the mathematics, each of which can be missing.
 *
 * `tf.env().set('BNN_KERNELS', false)` closes it: then everything runs in tf ops, as it is written in the rooms that
 * ask here, and the noise comes from `tf.randomNormal`.
 */
import * as tf from '@tensorflow/tfjs';
import { turnedConvolution } from '../numerics/turnedConvolution';
import type { Kernels } from './contract';
import { cpuKernels } from './cpu';
import { nativeKernels } from './native';
import { normals } from './normals';
import { wasmKernels } from './wasm';

const FLAG = 'BNN_KERNELS';
tf.env().registerFlag(FLAG, () => true);

/** What the current backend does its own way. */
export function kernels(): Partial<Kernels> {
  if (!tf.env().getBool(FLAG)) return {};
  const backend = tf.backend();
  let offered = byBackend.get(backend);
  if (offered === undefined) byBackend.set(backend, (offered = { ...EVERYWHERE, ...ofBackend() }));
  return offered;
}

/** Looked for once: a backend does not change. */
const byBackend = new WeakMap<object, Partial<Kernels>>();

function ofBackend(): Partial<Kernels> {
  switch (tf.getBackend()) {
    case 'tensorflow':
      return nativeKernels();
    case 'wasm':
      // Its own gradient in the input is a plain loop.
      return { convInputGradient: turnedConvolution, ...wasmKernels() };
    case 'cpu':
      return cpuKernels();
    default:
      return {};
  }
}

const EVERYWHERE: Partial<Kernels> = {
  normals: (shape, keys) => tf.tensor(normals(tf.util.sizeFromShape(shape), keys), shape, 'float32'),
};
