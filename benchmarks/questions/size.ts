/**
 * How many bytes does the package add to a page that has TensorFlow.js already, with everything imported? Of the build
 * for browsers, as it lies in `dist`.
 */
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import type { Question } from '../question';

const kB = (n: number): number => n / 1000;

/** The minified bytes of what a program needs that exports some names of an entry. */
async function bundled(names: string, entry = 'tfjs-bnn'): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from '${entry}'`, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    // It warns of each file that has no side effects, where one is named for its own sake.
    logLevel: 'error',
    external: ['@tensorflow/*'],
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
      const layer = gzipped(await bundled('{ hiddenLayer, adam }', 'tfjs-bnn/modular'));
      return {
        value: gzipped(bytes),
        detail: `${kB(bytes.length).toFixed(1)} kB minified; hiddenLayer and adam alone, from \`tfjs-bnn/modular\`, ${layer.toFixed(1)} kB`,
      };
    },
  },
  {
    name: 'size.dense',
    what: 'layers.dense alone, from `tfjs-bnn/modular/layers`',
    goal: 18,
    aim: 15,
    unit: 'kB',
    async measure() {
      const bytes = await bundled('{ dense }', 'tfjs-bnn/modular/layers');
      const any = gzipped(await bundled('{ layers }'));
      return {
        value: gzipped(bytes),
        detail: `from \`tfjs-bnn\`, with the classes of every layer and the loops in WebAssembly, ${any.toFixed(1)} kB`,
      };
    },
  },
];
