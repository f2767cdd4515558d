/** Pages without a bundler: script tags and import maps. They are served without a charset, as most pages are. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ANSWER, ask, RUN } from './trial';

export type Where = 'page' | 'worker';

/** Writes files into a folder that may be new. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Copies a file of an installed package to where a page can name it; returns that name. */
function bring(consumer: string, folder: string, file: string): string {
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  cpSync(join(consumer, 'node_modules', file), join(folder, file), { dereference: true });
  return `./${file}`;
}

/** Script tags of files of packages, those of TensorFlow.js first. */
export function scriptTags(consumer: string, folder: string, where: Where, ...builds: string[]): void {
  const packages = [...builds, 'tfjs-bnn/dist/tfjs-bnn.min.js'].map((file) => bring(consumer, folder, file));
  const scripts = [...packages, './run.js'];
  const tags = scripts.map((src) => `<script src="${src}"></script>`).join('\n');
  writeFiles(folder, {
    'run.js': RUN,
    'worker.js': `importScripts(${scripts.map((src) => `'${src}'`).join(', ')});\n${ANSWER}`,
    'index.html':
      where === 'page'
        ? `<!doctype html>${tags}<script>globalThis.outcome = run(tf, bnn);</script>`
        : `<!doctype html><script>${ask("new Worker('./worker.js')")}</script>`,
  });
}

/** An import map to the one file that TensorFlow.js has for it, and our build for browsers. Workers have no import maps. */
export function importMap(consumer: string, folder: string): void {
  bring(consumer, folder, 'tfjs-bnn/dist/common.js');
  const imports = {
    '@tensorflow/tfjs': bring(consumer, folder, '@tensorflow/tfjs/dist/tf.fesm.min.js'),
    'tfjs-bnn': bring(consumer, folder, 'tfjs-bnn/dist/browser.js'),
  };
  writeFiles(folder, {
    'run.js': RUN,
    'index.html': `<!doctype html>
      <script type="importmap">${JSON.stringify({ imports })}</script>
      <script src="./run.js"></script>
      <script type="module">
        import * as tf from '@tensorflow/tfjs';
        import * as bnn from 'tfjs-bnn';
        globalThis.outcome = run(tf, bnn);
      </script>`,
  });
}
