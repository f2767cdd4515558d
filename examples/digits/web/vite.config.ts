/** How Vite builds the page: static files that work in any folder of any server. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { contentPolicy, POLICY } from '../../web/contentPolicy';

const here = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
const webgpu = resolved('@tensorflow/tfjs-backend-webgpu');

export default defineConfig({
  root: here,
  base: './',
  // No page for what is not there: a missing model is a 404 and not this page once more.
  appType: 'mpa',
  resolve: {
    alias: {
      // The page shows the sources as they are, not as they were built last.
      'tfjs-bnn': join(here, '../../../src/index.ts'),
      'webgpu-backend':
        webgpu === undefined ? join(here, 'src/nothing.ts') : '@tensorflow/tfjs-backend-webgpu',
    },
    dedupe: ['@tensorflow/tfjs'],
  },
  plugins: [contentPolicy],
  preview: { headers: { 'Content-Security-Policy': POLICY } },
  define: { HAS_WEBGPU: String(webgpu !== undefined) },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // TensorFlow.js is as large as it is, and waits in the worker.
    chunkSizeWarningLimit: 2000,
    // A build takes its time, and a warning does not make it faster.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});

function resolved(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
