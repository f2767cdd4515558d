/** Runs a block of tests on every backend that this machine has, and says by name which are left out. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const wasmPackage = createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm/package.json');
setWasmPaths(`${dirname(wasmPackage)}/dist/`);

export const backends = ['cpu', 'wasm'] as const;

export function eachBackend(title: string, body: (backend: string) => void): void {
  describe.each(backends)(`${title} [%s]`, (backend) => {
    beforeAll(async () => {
      if (!(await tf.setBackend(backend))) throw new Error(`The backend ${backend} could not be started.`);
    });
    body(backend);
  });
}
