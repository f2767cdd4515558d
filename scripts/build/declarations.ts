/** Declarations for CommonJS too, and those of `tfjs-bnn/modular`: those of `tfjs-bnn` over core and layers of TensorFlow.js. */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'rolldown';

const LAYERS = new URL('../../src/layers/family.ts', import.meta.url);
const UNION = /from "@tensorflow\/tfjs"/g;

/** The text is the same for ES modules and CommonJS: by the name of its file TypeScript knows which it describes. */
export const declarations: Plugin = {
  name: 'declarations',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const text = (fileName: string): string => {
        const file = bundle[fileName];
        if (file?.type !== 'chunk') throw new Error(`${fileName} is missing`);
        return file.code;
      };
      const emit = (fileName: string, source: string): void =>
        void this.emitFile({ type: 'asset', fileName, source });

      const index = text('index.d.ts');
      if (index.search(UNION) < 0) throw new Error('index.d.ts does not import @tensorflow/tfjs as it did');
      const tensorflow = readFileSync(new URL('../../entries/tensorflow.d.ts', import.meta.url), 'utf8');
      emit('index.d.cts', index);
      emit('node.d.cts', text('node.d.ts'));
      for (const [types, script] of [
        ['d.ts', 'js'],
        ['d.cts', 'cjs'],
      ]) {
        emit(`tensorflow.${types!}`, tensorflow);
        // `tfjs-bnn/modular/wasm` is imported for what it does.
        emit(`wasm.${types!}`, 'export {};\n');
        const modular = index.replace(UNION, `from "./tensorflow.${script!}"`);
        // A fourth copy of all comments would be 18 kB of the package for the fewest.
        emit(`layers.${types!}`, layersOf(`./modular.${script!}`));
        emit(`modular.${types!}`, script === 'cjs' ? modular.replace(/^ *\/\*\*[^]*?\*\/\n/gm, '') : modular);
      }
    },
  },
};

/** Each of `layers` by itself, in the words of the one declaration. */
function layersOf(modular: string): string {
  const lists = readFileSync(LAYERS, 'utf8').matchAll(/^export \{ (.*) \} from/gm);
  const names = [...lists].flatMap(([, list]) => list!.split(', '));
  const each = names.map((name) => `export declare const ${name}: typeof layers.${name};\n`);
  return `import { layers } from "${modular}";\n${each.join('')}`;
}
