/** What `tfjs-bnn/modular` adds to a page, by each bundler: gzipped, beyond the same program of plain layers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { transformSync } from 'esbuild';
import { filesUnder } from '../build/filesUnder';
import type { Bench } from './bench';
import { bundled, BUNDLERS, type Bundler } from './bundlers';
import { MODULES } from './pack';
import { tool } from './tools';

const TENSORFLOW = `import { sequential, layers as plain } from '@tensorflow/tfjs-layers';
  import { train } from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-backend-cpu';`;

/** Ways to a layer of ours, with `gaussianNLL`: what a program imports, and what it calls the layer. */
export const PROGRAMS = {
  hiddenLayer: ["import { gaussianNLL, hiddenLayer } from 'tfjs-bnn/modular';", 'hiddenLayer'],
  'layers.dense': ["import { gaussianNLL, layers } from 'tfjs-bnn/modular';", 'layers.dense'],
  dense: [
    "import { gaussianNLL } from 'tfjs-bnn/modular'; import { dense } from 'tfjs-bnn/modular/layers';",
    'dense',
  ],
} as const;

const program = (layer: string, loss: string): string => `
  const model = sequential({ layers: [${layer}({ units: 8, inputShape: [1] }), ${layer}({ units: 1 })] });
  model.compile({ optimizer: train.adam(), loss: ${loss} });
  globalThis.train = async (x, y) => { await model.fit(x, y); return model.predict(x); };`;

/** The scripts of a page: their bytes, minified and gzipped, and their text. */
function bundle(bench: Bench, bundler: Bundler, imports: string, text: string): [number, string] {
  const tools = BUNDLERS[bundler];
  const modules = tools === undefined ? MODULES : tool(tools);
  const folder = bench.place(bench.modular);
  const out = bundled(bundler, folder, 'page', (name) => join(modules, name), TENSORFLOW + imports, text);
  const scripts = filesUnder(out).filter((file) => /(?<!worker)\.js$/.test(file));
  // All but Rollup minify by themselves.
  const small = scripts
    .map((file) => readFileSync(file, 'utf8'))
    .map((code) =>
      bundler === 'Rollup' ? transformSync(code, { minify: true, logLevel: 'silent' }).code : code,
    )
    .join('\n');
  return [gzipSync(small, { level: 9 }).length, small];
}

/** Bytes that each of the programs has more than the plain one, and the classes of layers in it. */
export function added(bench: Bench, bundler: Bundler, names: Array<keyof typeof PROGRAMS>) {
  const [plain] = bundle(bench, bundler, '', program('plain.dense', "'meanSquaredError'"));
  return names.map((name) => {
    const [imports, layer] = PROGRAMS[name];
    const [bytes, text] = bundle(bench, bundler, imports, program(layer, 'gaussianNLL({ stddev: 1 })'));
    const classes = [...text.matchAll(/["'`](Bayesian[A-Z]\w*|HiddenLayer)["'`]/g)].map(
      ([, found]) => found!,
    );
    return { name, bytes: bytes - plain, classes: [...new Set(classes)] };
  });
}
