/** The quick part of `npm run matrix`: the packed package, tried with what the repository has. */
import { buildSync } from 'esbuild';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Bench } from '../scripts/matrix/bench';
import { bundled } from '../scripts/matrix/bundlers';
import { cells, type Cell } from '../scripts/matrix/cells';
import { MODULES, run } from '../scripts/matrix/pack';
import { scriptTags, writeFiles } from '../scripts/matrix/pages';
import { nativeProgram } from '../scripts/matrix/programs';
import { added } from '../scripts/matrix/size';
import * as sources from '../src';
import { describeInChromium } from './helpers/chromium';

let bench: Bench;
beforeAll(() => {
  bench = Bench.open();
}, 300_000);
afterAll(() => bench.close());

const EXPORTS = Object.keys(sources).sort();
const quick = (inBrowser: boolean): Array<[string, string, Cell]> =>
  cells
    .filter((cell) => cell.quick && (cell.table === 'browser') === inBrowser)
    .map((cell) => [cell.row, cell.column, cell]);

test.each(quick(false))('%s, %s', async (_row, _column, cell) => {
  expect(await cell.attempt(bench)).toEqual({ backend: 'cpu', steps: 20, exports: EXPORTS });
});

test('README and guides name files that are there', () => {
  const pages = ['README.md', 'docs/start.md'].map((page) =>
    readFileSync(join(__dirname, '..', page), 'utf8'),
  );
  const urls = [
    ...pages
      .join('\n')
      .matchAll(/https:\/\/cdn\.jsdelivr\.net\/npm\/((?:@\w+\/)?[\w-]+)(?:@\d+(?:\.\d+)*)?([\w./-]*)/g),
  ];
  expect(urls.length).toBeGreaterThanOrEqual(4);
  for (const [, name, file] of urls) {
    const place = join(bench.consumer, 'node_modules', name!);
    const { jsdelivr } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as {
      jsdelivr: string;
    };
    expect([name, file, existsSync(join(place, file === '' ? jsdelivr : file!))]).toEqual([name, file, true]);
  }
});

describeInChromium('the packed package', () => {
  test.each(quick(true))('%s, in a %s', async (_row, _column, cell) => {
    expect(await cell.attempt(bench)).toEqual({ backend: 'cpu', steps: 20, exports: EXPORTS });
  });

  test('with script tags of core, layers and a backend', async () => {
    const folder = bench.place();
    const builds = ['core', 'layers', 'backend-cpu'].map(
      (name) => `@tensorflow/tfjs-${name}/dist/tf-${name}.min.js`,
    );
    scriptTags(bench.modular, folder, 'page', ...builds);
    expect(await bench.visit(folder)).toMatchObject({ backend: 'cpu', steps: 20 });
  });
});

describeInChromium('the script tag of the packed package says', () => {
  async function errorWith(before: string): Promise<string> {
    const folder = bench.place();
    scriptTags(bench.consumer, folder, 'page');
    const page = join(folder, 'index.html');
    const html = readFileSync(page, 'utf8');
    writeFiles(folder, { 'index.html': html.replace('<script', `<script>${before}</script><script`) });
    return bench.visit(folder).then(
      () => 'nothing',
      (error: unknown) => (error as Error).message,
    );
  }

  test.each([
    ['that TensorFlow.js is missing', '', 'must be loaded before, got no global tf; put <script src='],
    [
      'that it is too old',
      "var tf = { tensor() {}, version_core: '4.19.0', sequential() {} };",
      'must be of version 4.20 or a later 4, got 4.19.0',
    ],
    [
      'that it is too new',
      "var tf = { tensor() {}, version_core: '5.0.0', sequential() {} };",
      'must be of version 4.20 or a later 4, got 5.0.0',
    ],
    [
      'that its layers are missing',
      "var tf = { tensor() {}, version_core: '4.22.0' };",
      'the global tf must have layers, got TensorFlow.js without them; load tf-layers.min.js too',
    ],
  ])('%s', async (_, before, message) => {
    expect(await errorWith(before)).toContain(message);
  });
});

describe('tfjs-bnn/modular', () => {
  const from = (name: string): string => join(MODULES, name);

  // Vite bundles by Rolldown.
  test.each(['esbuild', 'Vite'] as const)('costs 25 kB at most beyond plain layers: %s', (bundler) => {
    const [hidden, family] = added(bench, bundler, ['hiddenLayer', 'layers.dense']);
    expect(hidden!.bytes).toBeLessThanOrEqual(25_000);
    expect(hidden!.bytes).toBeGreaterThan(5_000);
    expect(hidden!.classes).toEqual(['HiddenLayer']);
    // esbuild takes an object whole, and with it all classes of the family.
    expect(family!.bytes).toBeLessThanOrEqual(bundler === 'esbuild' ? 26_000 : 25_000);
    if (bundler === 'Vite') expect(family!.classes).toEqual(['BayesianDense']);
    else expect(family!.classes.length).toBeGreaterThan(5);
  });

  test.each(['mjs', 'cjs'])('works in Node, %s, and brings no backend', (ending) => {
    const folder = bench.place(bench.modular);
    const imports =
      ending === 'mjs'
        ? "import { engine } from '@tensorflow/tfjs-core'; import * as bnn from 'tfjs-bnn/modular'; import 'tfjs-bnn/modular/wasm';"
        : "const { engine } = require('@tensorflow/tfjs-core'); const bnn = require('tfjs-bnn/modular'); require('tfjs-bnn/modular/wasm');";
    writeFiles(folder, {
      [`main.${ending}`]: `${imports}
        console.log(Object.keys(engine().registryFactory).length, Object.keys(bnn).sort().join(' '));`,
    });
    expect(run(process.execPath, [`main.${ending}`], folder).trim()).toBe(`0 ${EXPORTS.join(' ')}`);
  });

  test('refuses layers of another core, and warns of an engine of another', () => {
    const folder = bench.place(bench.modular);
    // Node keeps one module under each of two URLs.
    writeFiles(folder, {
      'main.cjs': `const core = require.resolve('@tensorflow/tfjs-core');
        const first = require(core);
        delete require.cache[core];
        console.warn = (said) => { if (/tfjs-bnn/.test(said)) console.log(said); };
        require('tfjs-bnn/modular');
        delete require.cache[core];
        delete require.cache[require.resolve('tfjs-bnn/modular')];
        try { require('tfjs-bnn/modular'); } catch (error) { console.log(error.message); }`,
    });
    const [warning, error] = run(process.execPath, ['main.cjs'], folder).trim().split('\n');
    expect(warning).toContain('meets another copy of TensorFlow.js');
    expect(error).toContain('must have our @tensorflow/tfjs-core, got another; npm ls @tensorflow/tfjs-core');
  });

  test('costs 18 kB at most for one layer of the family, of which no other is in it', () => {
    const folder = bench.place(bench.modular);
    const { outputFiles } = buildSync({
      stdin: { contents: "export { dense } from 'tfjs-bnn/modular/layers'", resolveDir: folder },
      ...{ bundle: true, minify: true, format: 'esm', external: ['@tensorflow/*'], write: false },
    });
    const [{ contents, text }] = outputFiles as [(typeof outputFiles)[0]];
    expect(gzipSync(contents, { level: 9 }).length).toBeLessThanOrEqual(18_000);
    const classes = [...text.matchAll(/"(Bayesian[A-Z]\w*|HiddenLayer)"/g)].map(([, name]) => name);
    expect([...new Set(classes)]).toEqual(['BayesianDense']);
  });

  const sums: string[] = [];
  test.each(['', "import 'tfjs-bnn/modular/wasm';"])('computes the same on cpu behind %p', (wasm) => {
    const folder = bench.place(bench.modular);
    writeFiles(folder, {
      'main.mjs': `import * as tf from '@tensorflow/tfjs-core';
        import { sequential } from '@tensorflow/tfjs-layers';
        import '@tensorflow/tfjs-backend-cpu';
        import { dense } from 'tfjs-bnn/modular/layers';
        ${wasm}
        const said = [];
        console.warn = (text) => said.push(text);
        const model = sequential({ layers: [dense({ units: 3, inputShape: [2], datasetSize: 9, seed: 4 })] });
        model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
        await model.fit(tf.ones([9, 2]), tf.ones([9, 3]), { epochs: 5 });
        const sum = tf.sum(model.predict(tf.ones([1, 2]))).dataSync()[0];
        console.log(sum.toFixed(4), said.filter((text) => text.includes('tfjs-bnn')).length);`,
    });
    const [sum, warnings] = run(process.execPath, ['main.mjs'], folder).trim().split(' ');
    expect(warnings).toBe(wasm === '' ? '1' : '0');
    sums.push(sum!);
    expect(new Set(sums).size).toBe(1);
  });
  test('has the kernels of wasm where they are asked for', () => {
    const folder = bench.place(bench.modular);
    const text = (imports: string): string => {
      const ours = "import { hiddenLayer } from 'tfjs-bnn/modular';";
      bundled('esbuild', folder, 'page', from, ours + imports, 'globalThis.hiddenLayer = hiddenLayer;');
      return readFileSync(join(folder, 'out/main.js'), 'utf8');
    };
    expect(text('')).not.toContain('Conv2DBackpropFilter on wasm');
    expect(text('')).toContain("import 'tfjs-bnn/modular/wasm' too");
    expect(text("import 'tfjs-bnn/modular/wasm';")).toContain('Conv2DBackpropFilter on wasm');
  });
});

describe('tfjs-bnn/node', () => {
  const FORMATS = ['ESM', 'CJS'] as const;
  const TFJS_NODE = '@tensorflow/tfjs-node';
  const nativeTest = process.env.TFJS_BNN_NO_NATIVE === undefined ? test : test.skip;

  nativeTest.each(FORMATS)(
    'trains on the native backend, silently, and says which it got [native]: %s',
    (format) => {
      const folder = bench.place(bench.with('@tensorflow/tfjs', TFJS_NODE));
      const outcome = nativeProgram(folder, format, process.execPath);
      expect(outcome).toMatchObject({ steps: 20, exports: EXPORTS });
      expect(outcome.backend).toMatch(/^tensorflow @tensorflow\/tfjs-node 4\.\d+\.\d+$/);
    },
  );

  nativeTest('runs as its docstring has it [native]', () => {
    const folder = bench.place(bench.with('@tensorflow/tfjs', TFJS_NODE));
    const docstring = readFileSync(join(__dirname, '../entries/node.ts'), 'utf8');
    const example = / \* @example\n([^]*?) \*\//.exec(docstring)![1]!.replace(/^ \* ?/gm, '');
    writeFiles(folder, { 'main.mjs': example });
    expect(run(process.execPath, ['main.mjs'], folder)).toMatch(/^@tensorflow\/tfjs-node 4\.\d+\.\d+\n$/);
  });

  function failure(consumer: string): string {
    const folder = bench.place(consumer);
    writeFiles(folder, {
      'main.mjs': "import('tfjs-bnn/node').catch((error) => console.log(error.message));",
    });
    return run(process.execPath, ['main.mjs'], folder).trim();
  }

  test('says what to install where there is none', () => {
    expect(failure(bench.consumer)).toBe(
      "tfjs-bnn/node: TensorFlow's native backend must be installed, got none: @tensorflow/tfjs-node-gpu is not installed; " +
        '@tensorflow/tfjs-node is not installed; npm install @tensorflow/tfjs-node, or leave out this import and call ' +
        "tf.setBackend('wasm')",
    );
  });

  test('takes the one for GPUs where it is there, and the other where that does not load', () => {
    const consumer = bench.with('@tensorflow/tfjs');
    const stand = (name: string, text: string): void =>
      writeFiles(join(consumer, 'node_modules/@tensorflow', name), {
        'package.json': '{}',
        'index.js': text,
      });
    const got = (): string => {
      const folder = bench.place(consumer);
      writeFiles(folder, {
        'main.mjs': "import { native } from 'tfjs-bnn/node'; console.log(native.name, native.version);",
      });
      return run(process.execPath, ['main.mjs'], folder).trim();
    };
    // As tfjs-node does, which asks for two functions that Node 23 and later have no more.
    const works = `require('util').isArray([]) && require('util').isNullOrUndefined(null);
      exports.version = { 'tfjs-node': '4.22.0' };`;
    stand('tfjs-node', works);
    stand('tfjs-node-gpu', works);
    expect(got()).toBe('@tensorflow/tfjs-node-gpu 4.22.0');
    stand('tfjs-node-gpu', "throw new Error('libcudart is missing')");
    expect(got()).toBe('@tensorflow/tfjs-node 4.22.0');
    stand(
      'tfjs-node',
      "throw new Error('The Node.js native addon module (tfjs_binding.node) can not be found')",
    );
    expect(failure(consumer)).toContain(
      '@tensorflow/tfjs-node-gpu does not load: libcudart is missing; @tensorflow/tfjs-node is installed without its binding (npm rebuild builds it)',
    );
  });
});
