import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OutputOptions, Plugin } from 'rolldown';
import { defineConfig, type UserConfig } from 'tsdown';
import { ascii } from './scripts/build/ascii';
import { commonJS } from './scripts/build/commonJS';
import { declarations } from './scripts/build/declarations';
import { lines } from './scripts/build/lines';
import { modularTensorFlow } from './scripts/build/modularTensorFlow';
import { scriptTag } from './scripts/build/scriptTag';

const { name, version, license } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const banner = `/*! ${name} ${version} | ${license} */`;

const target = 'es2022';

/** Each build has all of the package, and the tarball has all builds. Classes keep their names, for error messages. */
const minified = (keepsFunctionNames: boolean): OutputOptions['minify'] => ({
  compress: true,
  mangle: { toplevel: true, keepNames: { class: true, function: keepsFunctionNames } },
  codegen: { removeWhitespace: true },
});

const output: OutputOptions = {
  banner,
  comments: { legal: true, annotation: true, jsdoc: false },
  minify: minified(false),
};

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** In the place of a module of `kernels/`, where that importer asks for it: a slot, which an entry of its own fills. */
const slot = (module: string, importedBy = 'door'): Plugin => ({
  name: `${module}-slot`,
  resolveId: (id, importer) =>
    id === `./${module}` && importer?.endsWith(`kernels/${importedBy}.ts`)
      ? file(`src/kernels/${module}Slot.ts`)
      : undefined,
});

/** What only programs with `tfjs-bnn/modular/wasm` have. */
const withoutWasm: Plugin[] = [slot('wasm'), slot('cpu'), slot('simdBytes', 'simd')];

/** The modular build has them where it has wasm. */
const withoutWasmGaps: Plugin = {
  name: 'without-wasm-gaps',
  load: (id) =>
    id === file('src/index.ts')
      ? { code: readFileSync(id, 'utf8').replace("import './kernels/wasmGaps';", ''), moduleType: 'ts' }
      : undefined,
};

/** `layers` is the module of that entry, since of an object made of one not every bundler leaves out what nobody names. */
const layersAsModule: Plugin = {
  name: 'layers-as-module',
  resolveId: (id, importer) =>
    id === './layers/family' && importer === file('src/index.ts')
      ? { id: '../layers.js', external: true }
      : undefined,
};

const common: UserConfig = {
  // Neutral: the same files run in Node and in browsers, so nothing of either may be assumed or replaced.
  platform: 'neutral',
  // `Object.hasOwn` and `at` need browsers that have this syntax too (Chrome 93, Firefox 92, Safari 15.4); es2019 costs 1.6 kB.
  target,
  // Neither sources nor maps are published, which would be two thirds of the bytes.
  sourcemap: false,
  dts: false,
  // What the others have put there stays; the first one empties the folder.
  clean: false,
  outputOptions: output,
  plugins: [slot('native'), ascii, lines],
  // No notes of where each part comes from.
  inputOptions: { experimental: { attachDebugInfo: 'none' } },
  // Declarations take their time, and a warning does not make them faster.
  checks: { pluginTimings: false },
};

export default defineConfig([
  {
    ...common,
    clean: ['dist'],
    entry: { index: 'src/index.ts', node: 'entries/node.ts' },
    format: 'esm',
    outputOptions: {},
    dts: { emitDtsOnly: true },
    plugins: [declarations],
  },
  {
    ...common,
    entry: { index: 'entries/index.ts', browser: 'src/index.ts' },
    format: 'esm',
    // By fixed names, since package.json has to list what must not be left out. For stack traces functions keep their names in
    // this build, from which most programs are made; in all builds they would be 11 kB of the tarball.
    outputOptions: { ...output, minify: minified(true), chunkFileNames: 'common.js' },
  },
  {
    ...common,
    entry: { index: 'entries/index.ts', exports: 'src/index.ts' },
    format: 'cjs',
    outputOptions: { ...output, chunkFileNames: 'common.cjs' },
    plugins: [...(common.plugins as Plugin[]), commonJS(banner)],
  },
  { ...common, entry: { oneCopy: 'entries/oneCopy.ts' }, format: 'cjs' },
  {
    ...common,
    // File by file, so that a bundler leaves out the layers that a program does not name, with their registration.
    unbundle: true,
    outDir: 'dist/modular',
    entry: {
      index: 'entries/modular.ts',
      layers: 'entries/modularLayers.ts',
      wasm: 'entries/modularWasm.ts',
    },
    format: 'esm',
    outputOptions: { ...output, banner: '' },
    deps: { alwaysBundle: [/^@tensorflow\/tfjs$/], neverBundle: [/^@tensorflow\/tfjs-/] },
    plugins: [
      ...[slot('native'), ...withoutWasm, withoutWasmGaps, layersAsModule, ascii],
      modularTensorFlow(['src', 'entries']),
    ],
  },
  {
    ...common,
    entry: { node: 'entries/node.ts' },
    format: ['esm', 'cjs'],
    platform: 'node',
    fixedExtension: false,
  },
  {
    ...common,
    entry: { 'tfjs-bnn.min': 'src/index.ts' },
    format: 'cjs',
    outputOptions: { entryFileNames: '[name].js' },
    plugins: [slot('native'), scriptTag(banner, target)],
  },
]);
