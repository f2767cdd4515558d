/** Starts a backend by the name that the rows use. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { loadNative } from '../scripts/loadNative';

export type Backend = 'native' | 'wasm' | 'cpu';

/** @returns why the backend cannot be used, or nothing. */
export async function start(backend: Backend): Promise<string | undefined> {
  if (backend === 'native') {
    const { ok, reason } = await loadNative();
    if (!ok) return reason;
  }
  if (backend === 'wasm') {
    const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
    setWasmPaths(`${dirname(wasm)}/dist/`);
  }
  const started = await tf.setBackend(backend === 'native' ? 'tensorflow' : backend);
  return started ? undefined : `the backend ${backend} does not start`;
}
