/** Starts the wasm backend of TensorFlow.js in the worker. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';

/** @throws if this browser cannot run it, or the file is not there. */
export async function startBackend(): Promise<void> {
  // Threads gain nothing for matrices of this size, and Vite's minifier breaks the script that starts them.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm.wasm': plain,
    // A name that has to be there and is never fetched.
    'tfjs-backend-wasm-threaded-simd.wasm': simd,
  });
  const started = await tf.setBackend('wasm').catch(() => false);
  if (!started)
    throw new Error(
      'The net computes with WebAssembly, which could not be started: a file is missing, or this browser has none.',
    );
}
