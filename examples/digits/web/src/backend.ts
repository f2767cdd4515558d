/** Starts a backend of TensorFlow.js in the worker; what only one of them needs is fetched when it is asked for. */
import * as tf from '@tensorflow/tfjs';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import type { Backend } from './protocol';

/** @throws if this browser cannot run it. */
export async function startBackend(name: Backend): Promise<void> {
  if (name === 'wasm') await prepareWasm();
  if (name === 'webgpu') await import('webgpu-backend');
  const started = await tf.setBackend(name).catch(() => false);
  if (!started) throw new Error(`${name} does not run in this browser.`);
}

async function prepareWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // Threads gain nothing for matrices of this size, and Vite's minifier breaks the script that starts them.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm.wasm': plain,
    // A name that has to be there and is never fetched.
    'tfjs-backend-wasm-threaded-simd.wasm': simd,
  });
}
