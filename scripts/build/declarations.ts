/**
 * The declarations of `tfjs-bnn`, and of `tfjs-bnn/modular` the same over core and layers of TensorFlow.js: each once, as
 * CommonJS. Those of the ES modules hand them on, as an ES module may with what a CommonJS module exports, but not the
 * other way round.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'rolldown';
import { visibleComments } from './visibleComments';

const LAYERS = new URL('../../src/layers/family.ts', import.meta.url);
const UNION = /from "@tensorflow\/tfjs"/g;

export const declarations: Plugin = {
  name: 'declarations',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const emit = (fileName: string, source: string): void =>
        void this.emitFile({ type: 'asset', fileName, source });
      /** The text that was built, which goes where CommonJS looks for it. */
      const moved = (name: string): string => {
        const file = bundle[`${name}.d.ts`];
        if (file?.type !== 'chunk') throw new Error(`${name}.d.ts is missing`);
        const text = visibleComments(file.code);
        emit(`${name}.d.cts`, text);
        file.code = handedOn(name);
        return text;
      };
      const index = moved('index');
      if (index.search(UNION) < 0) throw new Error('index.d.ts does not import @tensorflow/tfjs as it did');
      moved('node');
      emit('modular.d.cts', withoutExamples(index.replace(UNION, 'from "./tensorflow.cjs"')));
      emit('modular.d.ts', handedOn('modular'));
      const tensorflow = readFileSync(new URL('../../entries/tensorflow.d.ts', import.meta.url), 'utf8');
      emit('layers.d.cts', layersOf('./modular.cjs'));
      emit('layers.d.ts', handedOn('layers'));
      emit('tensorflow.d.cts', tensorflow);
      // `tfjs-bnn/modular/wasm` is imported for what it does.
      for (const types of ['d.ts', 'd.cts']) emit(`wasm.${types}`, 'export {};\n');
    },
  },
};

/** A second copy of all examples would be 4 kB of the package. */
const withoutExamples = (text: string): string =>
  text.replace(/(?:\n *\*)?\n *\* @example[^]*?(?=\n *\*(?:\/| @))/g, '');

const handedOn = (name: string): string => `export * from './${name}.cjs';\n`;

/** Each of `layers` by itself, in the words of the one declaration. */
function layersOf(modular: string): string {
  const lists = readFileSync(LAYERS, 'utf8').matchAll(/^export \{ (.*) \} from/gm);
  const names = [...lists].flatMap(([, list]) => list!.split(', '));
  const each = names.map((name) => `export declare const ${name}: typeof layers.${name};\n`);
  return `import { layers } from "${modular}";\n${each.join('')}`;
}
