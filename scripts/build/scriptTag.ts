/** The build for script tags: the package in CommonJS, wrapped in `entries/scriptTag.js` and minified. */
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import type { Plugin } from 'rolldown';

export function scriptTag(banner: string, target: string): Plugin {
  return {
    name: 'script-tag',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const wrapper = readFileSync(new URL('../../entries/scriptTag.js', import.meta.url), 'utf8');
        for (const file of Object.values(bundle))
          if (file.type === 'chunk') {
            // By a function, since the code has `$&` and the like.
            const whole = wrapper.replace('PACKAGE(exports, require);', () => file.code);
            const { code } = transformSync(whole, {
              minify: true,
              charset: 'ascii',
              target,
              legalComments: 'none',
            });
            // What the minifier puts before it would be global.
            if (!code.startsWith('(function('))
              throw new Error(`${file.fileName} starts with ${code.slice(0, 80)}`);
            file.code = `${banner}\n${code}`;
          }
      },
    },
  };
}
