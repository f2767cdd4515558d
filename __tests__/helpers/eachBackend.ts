/**
 * Runs a block of tests on every backend that Node has: cpu, wasm and tensorflow, the native one. Where the native one
 * cannot be had, its tests are skipped, each by its name; in CI that is an error (see `globalSetup.ts`).
 */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { loadNative } from '../../scripts/loadNative';

const wasmPackage = createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm/package.json');
setWasmPaths(`${dirname(wasmPackage)}/dist/`);

/** All of Node's, or those that TEST_BACKENDS names: `TEST_BACKENDS=cpu npx jest …`. */
const nodeBackends = process.env.TEST_BACKENDS?.split(',') ?? ['cpu', 'wasm', 'tensorflow'];

/** Those that `startBackend` can start here. */
export const backends = nodeBackends.filter(
  (backend) => backend !== 'tensorflow' || process.env.TFJS_BNN_NO_NATIVE === undefined,
);

export function eachBackend(title: string, body: (backend: string) => void): void {
  for (const backend of nodeBackends) onBackend(backend, title, () => body(backend));
}

/** The same on one backend. */
export function onBackend(backend: string, title: string, body: () => void): void {
  (backends.includes(backend) ? describe : describe.skip)(`${title} [${backend}]`, () => {
    beforeAll(() => startBackend(backend));
    body();
  });
}

/** Makes `backend` the current one. */
export async function startBackend(backend: string): Promise<void> {
  if (backend === 'tensorflow') {
    // The progress bar that it brings for `fit` goes on writing to the console.log of this moment.
    const log = jest.spyOn(console, 'log').mockReturnValue();
    const { ok, reason } = await loadNative();
    log.mockRestore();
    if (!ok) throw new Error(reason);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`The backend ${backend} could not be started.`);
  // The cpu backend greets at its first tensor: that is now, not amid a test that watches the console.
  tf.scalar(0).dispose();
}
