/** How Vite builds the page: static files that work in any folder of any server. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { modularTensorFlow } from '../../scripts/build/modularTensorFlow';
import { contentPolicy, POLICY } from '../web/contentPolicy';

const here = fileURLToPath(new URL('.', import.meta.url));
const sources = join(here, '../../src');

export default defineConfig({
  root: here,
  base: './',
  appType: 'mpa',
  // The page shows the sources as they are, not as they were built last.
  resolve: { alias: { 'tfjs-bnn': join(sources, 'index.ts') } },
  plugins: [contentPolicy],
  preview: { headers: { 'Content-Security-Policy': POLICY } },
  worker: {
    format: 'es',
    // Core and layers alone: it computes on wasm, and needs neither the other backends nor the converter.
    plugins: () => [modularTensorFlow([sources, join(here, 'src')])],
    rolldownOptions: {
      output: {
        // A file of its own, which stays in the browser's cache when the page changes.
        codeSplitting: { groups: [{ name: 'tensorflow', test: /node_modules/ }] },
      },
    },
  },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 2000,
    // A build takes its time, and a warning does not make it faster.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
