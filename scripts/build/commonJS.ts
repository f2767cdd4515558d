/**
 * The build as CommonJS: one body, `common.cjs`, over the TensorFlow.js that an entry hands to `tf.cjs`. A process that
 * requires two entries has one copy of the package.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Plugin } from 'rolldown';

const FOLDER = new URL('../../entries/commonjs/', import.meta.url);
const UNION = /require\(["`]@tensorflow\/tfjs["`]\)/g;

export function commonJS(banner: string): Plugin {
  return {
    name: 'common-js',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const [name, file] of Object.entries(bundle)) {
          if (file.type !== 'chunk') continue;
          const code = file.code.replace(UNION, 'require("./tf.cjs").use()');
          // The entry for Node is built, and hands over what it has before its body runs.
          file.code =
            name === 'index.cjs'
              ? code.replace(banner, `${banner}\nrequire("./tf.cjs").use(require("@tensorflow/tfjs"));`)
              : code;
        }
        for (const fileName of readdirSync(FOLDER)) {
          const text = readFileSync(new URL(fileName, FOLDER), 'utf8');
          this.emitFile({ type: 'asset', fileName, source: `${banner}\n${text}` });
        }
      },
    },
  };
}
