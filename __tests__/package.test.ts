/**
 * The package as its users get it: packed, installed into an empty folder, and used from there.
 *
 * Nothing of this needs the network. The peer is the repository's own copy, linked, so that `npm install` has nothing to
 * fetch.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync, type BuildOptions } from 'esbuild';
import { filesUnder } from '../scripts/build/filesUnder';
import { install, MODULES, pack, run } from '../scripts/matrix/pack';
import { TYPED } from '../scripts/matrix/programs';
import * as sources from '../src';

let folder: string;
let tarball: string;
let consumer: string;

/** Runs a program of a package in node_modules. */
function runBin(name: string, script: string, args: string[], cwd: string): string {
  return run(process.execPath, [join(MODULES, name, script), ...args], cwd);
}

function write(name: string, text: string): string {
  const file = join(consumer, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
  tarball = pack(folder);
  consumer = join(folder, 'consumer');
  install(tarball, consumer);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = (name: string): string[] =>
  ['.cjs', '.d.cts', '.d.ts', '.js'].map((ending) => `dist/${name}${ending}`);

/** Trains, saves and loads a model; ends by printing the exports. `tf` and `bnn` come from whoever includes it. */
const PROGRAM = `(async () => {
  const X = tf.ones([10, 3]);
  const y = tf.ones([10, 1]);
  const model = tf.sequential();
  model.add(bnn.hiddenLayer({ units: 4, inputShape: [3], datasetSize: 10 }));
  model.add(tf.layers.dense({ units: 1 }));
  const metrics = [bnn.gaussianNLL({ stddev: 1 }), bnn.pinballLoss({ quantile: 0.5 }), bnn.compileMetric(bnn.brierScore)];
  const names = metrics.map(({ name }) => name).join();
  if (names !== 'gaussianNLL,pinballLoss,brierScore') throw new Error('reported as ' + names);
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: metrics.slice(0, 2) });
  const [loss] = await model.trainOnBatch(X, y);
  if (!Number.isFinite(loss)) throw new Error('loss ' + loss);

  let artifacts;
  await model.save(tf.io.withSaveHandler(async (given) => {
    artifacts = given;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }));
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  if (!(loaded.layers[0] instanceof bnn.HiddenLayer)) throw new Error('loaded as something else');
  const weights = (of) => JSON.stringify(of.getWeights().map((weight) => weight.arraySync()));
  if (weights(loaded) !== weights(model)) throw new Error('loaded with other weights');

  console.log('exports ' + Object.keys(bnn).filter((name) => name !== 'default').sort().join(' '));
})();`;

const EXPORTS = `exports ${Object.keys(sources).sort().join(' ')}`;

describe('the tarball', () => {
  let installed: string;
  let manifest: Record<string, unknown>;
  beforeAll(() => {
    installed = join(consumer, 'node_modules/tfjs-bnn');
    manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
  });

  test('holds the builds and the papers', () => {
    const files = filesUnder(installed).map((file) => file.slice(installed.length + 1).replaceAll('\\', '/'));
    const modular = files.filter((file) => file.startsWith('dist/modular/'));
    expect(modular).toEqual(
      expect.arrayContaining(['index', 'layers', 'wasm'].map((name) => `dist/modular/${name}.js`)),
    );
    expect(modular.every((file) => file.endsWith('.js'))).toBe(true);
    expect(files.filter((file) => !modular.includes(file)).sort()).toEqual([
      ...['CHANGELOG.md', 'LICENSE', 'README.md'],
      ...['browser.cjs', 'browser.js', 'common.cjs', 'common.js', 'exports.cjs'].map(
        (name) => `dist/${name}`,
      ),
      ...entry('index'),
      ...entry('layers').slice(0, -1),
      ...entry('modular').slice(0, -1),
      ...entry('node'),
      ...['oneCopy.cjs', 'tensorflow.d.cts', 'tf.cjs', 'tfjs-bnn.min.js'].map((name) => `dist/${name}`),
      ...entry('wasm').slice(0, -1),
      'package.json',
    ]);
  });

  test('has half a megabyte at most', () => {
    expect(statSync(tarball).size).toBeLessThanOrEqual(500_000);
  });

  test('is ASCII wherever it is code, and says what it is', () => {
    const scripts = filesUnder(join(installed, 'dist')).filter((file) => /\.c?js$/.test(file));
    expect(scripts.length).toBeGreaterThan(10);
    for (const file of scripts) {
      const code = readFileSync(file, 'latin1');
      expect([file, /[^\0-\x7f]/.exec(code)?.[0]]).toEqual([file, undefined]);
      // The modular build is many files, which nobody gets as they are.
      if (!file.includes('dist/modular/'))
        expect(code).toMatch(/^\/\*! tfjs-bnn \d+\.\d+\.\d+ \| Apache-2\.0 \*\/\n/);
    }
  });

  test('has no long line from which an error comes, since Node prints the line above the message', () => {
    const scripts = filesUnder(join(installed, 'dist')).filter((file) => /(?<!\.min)\.c?js$/.test(file));
    const throwing = scripts.flatMap((file) =>
      readFileSync(file, 'latin1')
        .split('\n')
        .filter((line) => /\bthrow\b/.test(line)),
    );
    expect(throwing.length).toBeGreaterThan(10);
    for (const line of throwing) expect(line.length).toBeLessThan(20_000);
  });

  test('has no run-time dependencies, and does not ask for the native backend', () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(readdirSync(join(consumer, 'node_modules/@tensorflow'))).toEqual(['tfjs']);
  });

  test('has a manifest without what only the repository needs, and images and links that are found from elsewhere', () => {
    for (const key of ['workspaces', 'scripts', 'devDependencies', 'allowScripts'])
      expect(manifest).not.toHaveProperty(key);
    for (const key of ['exports', 'unpkg', 'jsdelivr', 'repository', 'homepage', 'bugs', 'peerDependencies'])
      expect(manifest).toHaveProperty(key);
    const readme = readFileSync(join(installed, 'README.md'), 'utf8');
    const links = [...readme.matchAll(/(!?)\[[^\]]*\]\(([^)]*)\)/g)].map(
      ([, image, to]) => [image, to!] as const,
    );
    const { version } = manifest as { version: string };
    for (const [mark, start] of [
      ['!', `https://raw.githubusercontent.com/OWNER/tfjs-bnn/v${version}/`],
      ['', `https://github.com/OWNER/tfjs-bnn/blob/v${version}/`],
    ]) {
      const ours = links.filter(([image, to]) => image === mark && to.startsWith(start!));
      expect(ours.length).toBeGreaterThan(0);
      for (const [, to] of ours)
        expect(existsSync(join(process.cwd(), to.slice(start!.length).split('#')[0]!))).toBe(true);
    }
    for (const [, to] of links) expect(to).toMatch(/^https:\/\//);
    // The copy that was packed has its own back.
    const packed = JSON.parse(readFileSync(join(folder, 'copy/package.json'), 'utf8')) as object;
    expect(packed).toHaveProperty('workspaces');
  });

  test('is not published while its manifest has placeholders, but tried', () => {
    const publish = (...flags: string[]): string =>
      run('npm', ['publish', tarball, '--offline', ...flags], join(folder, 'copy'));
    expect(() => run('node', ['scripts/manifest.js', 'check'], join(folder, 'copy'))).toThrow('OWNER');
    expect(() => publish('--dry-run')).not.toThrow();
  });

  test('passes publint', () => {
    expect(runBin('publint', 'src/cli.js', ['run', '--strict', tarball], folder)).toContain('All good!');
  });

  test('has the right types for every way of resolving them', () => {
    const report = runBin(
      '@arethetypeswrong/cli',
      'dist/index.js',
      ['--format', 'ascii', '--no-emoji', tarball],
      folder,
    );
    expect(report).toContain('No problems found');
  });
});

describe('installed, it trains, saves and loads', () => {
  test('from an ES module', () => {
    const file = write(
      'use.mjs',
      `import * as tf from '@tensorflow/tfjs'; import * as bnn from 'tfjs-bnn'; ${PROGRAM}`,
    );
    expect(run(process.execPath, [file], consumer)).toContain(EXPORTS);
  });

  test('from a CommonJS module', () => {
    const file = write(
      'use.cjs',
      `const tf = require('@tensorflow/tfjs'); const bnn = require('tfjs-bnn'); ${PROGRAM}`,
    );
    expect(run(process.execPath, [file], consumer)).toContain(EXPORTS);
  });

  test('from both in one process, each reading what the other saved', () => {
    const file = write(
      'both.mjs',
      `import * as tf from '@tensorflow/tfjs';
       import { createRequire } from 'node:module';
       import * as esm from 'tfjs-bnn';
       const cjs = createRequire(import.meta.url)('tfjs-bnn');
       if (esm.HiddenLayer === cjs.HiddenLayer) throw new Error('one copy, where two were to be tried');
       for (const from of [esm, cjs]) {
         const model = tf.sequential({ layers: [from.hiddenLayer({ units: 4, inputShape: [3], datasetSize: 10 })] });
         let artifacts;
         await model.save(tf.io.withSaveHandler(async (given) => {
           artifacts = given;
           return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
         }));
         const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
         console.log(loaded.layers[0].getClassName(), loaded.predict(tf.ones([2, 3])).shape.join('x'));
       }`,
    );
    expect(run(process.execPath, [file], consumer).trim().split('\n')).toEqual([
      'HiddenLayer 2x5',
      'HiddenLayer 2x5',
    ]);
  });
});

describe('TypeScript finds its types', () => {
  /** What the compiler says of a program that is resolved in some way. */
  function check(files: string[], resolution: Record<string, unknown>): string {
    const options = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      ...resolution,
    };
    for (const file of files) write(file, TYPED);
    write('tsconfig.json', JSON.stringify({ compilerOptions: options, files }));
    return runBin('typescript', 'bin/tsc', ['-p', consumer], consumer);
  }
  const NODE = { module: 'node16' };
  const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };

  test('as Node resolves them, from an ES module and from a CommonJS module', () => {
    expect(check(['use.mts', 'use.cts'], { ...NODE, skipLibCheck: true })).toBe('');
  });

  test('as a bundler resolves them', () => {
    expect(check(['use.ts'], { ...BUNDLER, skipLibCheck: true })).toBe('');
  });

  test('and ours hold without skipLibCheck', () => {
    // Those of TensorFlow.js do not, so the compiler complains in any case; they lie outside of the consumer's folder.
    let said = '';
    try {
      check(['use.ts'], BUNDLER);
    } catch (error) {
      said = (error as Error).message;
    }
    const files = said.split('\n').flatMap((line) => /^(.+?)\(\d+,\d+\): error TS/.exec(line)?.[1] ?? []);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !file.startsWith('..'))).toEqual([]);
  });
});

describe('a bundler keeps the registration of the layer', () => {
  function bundle(name: string, text: string, options: BuildOptions = {}): string {
    const outfile = join(consumer, `${name}.bundle.cjs`);
    buildSync({
      stdin: { contents: text, resolveDir: consumer },
      outfile,
      bundle: true,
      minify: true,
      format: 'cjs',
      platform: 'node',
      external: ['@tensorflow/tfjs'],
      logLevel: 'silent',
      ...options,
    });
    return outfile;
  }
  const REGISTERED = `
    import * as tf from '@tensorflow/tfjs';
    console.log('HiddenLayer' in tf.serialization.SerializationMap.getMap().classNameMap);
  `;

  test('which is not there without the package', () => {
    expect(run(process.execPath, [bundle('without', REGISTERED)], consumer)).toBe('false\n');
  });

  test.each([
    ['the package alone', "import 'tfjs-bnn';"],
    ['a name that is not used', "import { hiddenLayer } from 'tfjs-bnn';"],
    [
      'something else',
      "import { HiddenLayerDistribution } from 'tfjs-bnn'; console.log(typeof HiddenLayerDistribution);",
    ],
  ])('when a program imports %s', (what, text) => {
    const printed = run(
      process.execPath,
      [bundle(what.replaceAll(' ', '-'), `${text} ${REGISTERED}`)],
      consumer,
    );
    expect(printed.trim().split('\n').at(-1)).toBe('true');
  });

  test.each([
    ['an ES module', "import * as bnn from 'tfjs-bnn'; import * as tf from '@tensorflow/tfjs';"],
    ['a CommonJS module', "const bnn = require('tfjs-bnn'); const tf = require('@tensorflow/tfjs');"],
  ])('for a browser, from %s, without what only the native backend needs', (what, imports) => {
    const text = `${imports} ${PROGRAM}`;
    const name = what.replaceAll(' ', '-');
    const forNode = bundle(`${name}-node`, text);
    const forBrowser = bundle(`${name}-browser`, text, { platform: 'browser' });
    // It runs everywhere, for whoever bundles a program of Node with the conditions of a browser.
    expect(run(process.execPath, [forBrowser], consumer)).toContain(EXPORTS);
    expect(readFileSync(forNode, 'utf8')).toContain('saved_model.pb');
    expect(readFileSync(forBrowser, 'utf8')).not.toContain('saved_model.pb');
  });

  test('with TensorFlow.js in the bundle and every name shortened', () => {
    const text = `import * as tf from '@tensorflow/tfjs'; import * as bnn from 'tfjs-bnn'; ${PROGRAM}`;
    const file = bundle('whole', text, { external: [], mainFields: ['module', 'main'] });
    expect(run(process.execPath, [file], consumer)).toContain(EXPORTS);
  });
});
