/** How many bytes does the package add to a page that has TensorFlow.js already, with everything imported? */
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import type { Question } from '../question';

export const questions: Question[] = [
  {
    name: 'size',
    what: 'everything imported, minified and gzipped, without TensorFlow.js',
    goal: 20,
    aim: 15,
    unit: 'kB',
    async measure() {
      const { outputFiles } = await build({
        entryPoints: ['src/index.ts'],
        bundle: true,
        minify: true,
        format: 'esm',
        target: 'es2022',
        external: ['@tensorflow/tfjs'],
        write: false,
      });
      const bytes = outputFiles[0]!.contents;
      const kB = (n: number): number => n / 1000;
      return {
        value: kB(gzipSync(bytes, { level: 9 }).length),
        detail: `${kB(bytes.length).toFixed(1)} kB minified`,
      };
    },
  },
];
