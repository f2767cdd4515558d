/** Starts a backend of TensorFlow.js for Node: the native one where it can be had, else wasm. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ensureNative } from '../scripts/ensureNative';
import { loadNative, type NativeState } from '../scripts/loadNative';

export type BackendName = 'native' | 'wasm' | 'cpu';

/**
 * Makes a backend the current one.
 *
 * @param wanted without one: native, which is installed where it is missing and can be built, else wasm.
 * @param log gets every line that its user should read.
 * @returns one line that says which backend it became, and why.
 * @throws if the one that is wanted cannot be had.
 */
export async function startBackend(
  wanted: BackendName | undefined,
  log: (line: string) => void,
): Promise<string> {
  // Without its greeting in Node, and without its checks of every number for NaN.
  tf.enableProdMode();
  if (wanted === 'cpu' || wanted === 'wasm') {
    await start[wanted]();
    return `${wanted}, as --backend says`;
  }
  const native = await tryNative(log);
  if (native.ok) return `native (${native.reason})`;
  if (wanted === 'native') throw new Error(`the native backend cannot be used: ${native.reason}`);
  await start.wasm();
  return `wasm, since the native one cannot be used: ${native.reason}`;
}

const start = {
  async cpu(): Promise<void> {
    await set('cpu');
  },
  async wasm(): Promise<void> {
    const require = createRequire(join(process.cwd(), 'package.json'));
    setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
    // Threads gain nothing for matrices of this size, and keep Node from ending.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    await set('wasm');
  },
};

async function tryNative(log: (line: string) => void): Promise<NativeState> {
  const ensured = await ensureNative({ log });
  if (!ensured.ok) return ensured;
  const loaded = await loadNative();
  if (loaded.ok) await set('tensorflow');
  return loaded;
}

async function set(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} could not be started`);
  await tf.ready();
}
