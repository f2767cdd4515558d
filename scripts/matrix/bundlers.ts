/** The bundlers: each is a script that builds the folder it lies in, `main.js` and `worker.js`, into `out`. */
import { join } from 'node:path';
import { writeFiles, type Where } from './pages';
import { run } from './pack';
import type { Tool } from './tools';
import { ANSWER, ask, RUN } from './trial';

/** How a program comes by TensorFlow.js and by this package. */
export const IMPORTS = {
  'tfjs-bnn': `import * as tf from '@tensorflow/tfjs'; import * as bnn from 'tfjs-bnn';`,
  'tfjs-bnn/modular': `import * as core from '@tensorflow/tfjs-core';
    import * as layers from '@tensorflow/tfjs-layers';
    import '@tensorflow/tfjs-backend-cpu';
    import * as bnn from 'tfjs-bnn/modular';
    const tf = { ...core, ...layers };`,
};

/** A program of Node that builds; `from(name)` is where a bundler or a plugin of it is installed. */
const DRIVERS = {
  esbuild: (from: (name: string) => string) => `
    const { buildSync } = require('${from('esbuild')}');
    buildSync({
      entryPoints: ['main.js', 'worker.js'], outdir: 'out', bundle: true, minify: true, format: 'esm', logLevel: 'error',
    });`,
  Vite: (from: (name: string) => string) => `
    import('${from('vite')}/dist/node/index.js').then(({ build }) =>
      build({ root: '.', base: './', logLevel: 'error', worker: { format: 'es' }, build: { outDir: 'out' } }));`,
  webpack: (from: (name: string) => string) => `
    const webpack = require('${from('webpack')}');
    webpack({ mode: 'production', entry: './main.js', output: { path: __dirname + '/out', filename: 'main.js' } },
      (error, stats) => { if (error || stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only')); });`,
  Rollup: (from: (name: string) => string) => `
    const { rollup } = require('${from('rollup')}');
    const commonjs = require('${from('@rollup/plugin-commonjs')}');
    const { nodeResolve } = require('${from('@rollup/plugin-node-resolve')}');
    rollup({ input: ['main.js', 'worker.js'], plugins: [nodeResolve({ browser: true }), commonjs()], onLog() {} })
      .then((bundle) => bundle.write({ dir: 'out', format: 'es' }));`,
};

export type Bundler = keyof typeof DRIVERS;

/** All of them, each with what it needs beside the repository's own packages. */
export const BUNDLERS: Record<Bundler, Tool | undefined> = {
  esbuild: undefined,
  Vite: undefined,
  webpack: 'webpack',
  Rollup: 'rollup',
};

/** Builds a page in `folder`, a new one inside of the consumer's; returns the folder that is served. */
export function bundled(
  bundler: Bundler,
  folder: string,
  where: Where,
  from: (name: string) => string,
  imports: string = IMPORTS['tfjs-bnn'],
  program = "import { run } from './run.js'; globalThis.outcome = run(tf, bnn);",
): string {
  const html = '<!doctype html><script type="module" src="./main.js"></script>';
  const worker = "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })";
  writeFiles(folder, {
    'index.html': html,
    'run.js': RUN.replace('async function run', 'export async function run'),
    'main.js': where === 'page' ? `${imports} ${program}` : ask(worker),
    'worker.js': `${imports} import { run } from './run.js'; ${ANSWER}`,
    'build.cjs': DRIVERS[bundler](from),
  });
  run(process.execPath, ['build.cjs'], folder);
  // Vite writes a page of its own.
  if (bundler !== 'Vite') writeFiles(join(folder, 'out'), { 'index.html': html });
  return join(folder, 'out');
}
