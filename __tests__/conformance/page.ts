/** What runs in the browser: the suite, and the four backends to run it on. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import { checks } from './checks';
import { family } from './family';
import { halfFloats } from './halfFloats';

/** What a page of the suite offers to the test that has opened it. */
export interface Conformance {
  /** Makes `backend` the current one; resolves to the name of the one that runs. */
  start(backend: string, flags: Record<string, boolean>): Promise<string>;
  /** Runs one check of the list; resolves to what it threw, or to undefined. */
  run(name: string): Promise<string | undefined>;
}

const conformance: Conformance = {
  async start(backend, flags) {
    setWasmPaths('/wasm/');
    // Small tensors too are to be computed by the GPU, not by the cpu backend that stands in for it.
    const here = { WEBGL_CPU_FORWARD: false, WEBGPU_CPU_FORWARD: false };
    for (const [flag, value] of Object.entries({ ...here, ...flags })) tf.env().set(flag, value);
    await tf.setBackend(backend);
    await tf.ready();
    return tf.getBackend();
  },
  async run(name) {
    try {
      await [...checks, ...family, ...halfFloats].find((check) => check.name === name)!.run();
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  },
};

(globalThis as unknown as { conformance: Conformance }).conformance = conformance;
