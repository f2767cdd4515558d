/**
 * How many bytes does the package add to a page that has TensorFlow.js already, with everything imported? Of the build
 * for browsers, as it lies in `dist`.
 */
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import type { Question } from '../question';

const kB = (n: number): number => n / 1000;

/** The minified bytes of what a program needs that exports some names of the package. */
async function bundled(names: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from 'tfjs-bnn'`, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    external: ['@tensorflow/tfjs'],
    write: false,
  });
  return outputFiles[0]!.contents;
}

const gzipped = (bytes: Uint8Array): number => kB(gzipSync(bytes, { level: 9 }).length);

export const questions: Question[] = [
  {
    name: 'size',
    what: 'everything imported, minified and gzipped, without TensorFlow.js',
    goal: 20,
    aim: 15,
    unit: 'kB',
    async measure() {
      const bytes = await bundled('*');
      const layer = gzipped(await bundled('{ hiddenLayer, adam }'));
      return {
        value: gzipped(bytes),
        detail: `${kB(bytes.length).toFixed(1)} kB minified; hiddenLayer and adam alone ${layer.toFixed(1)} kB`,
      };
    },
  },
  {
    name: 'size.layers',
    what: 'the layers of the family alone, minified and gzipped, without TensorFlow.js',
    goal: 18,
    unit: 'kB',
    async measure() {
      const bytes = await bundled('{ layers }');
      return { value: gzipped(bytes), detail: `${kB(bytes.length).toFixed(1)} kB minified` };
    },
  },
];
