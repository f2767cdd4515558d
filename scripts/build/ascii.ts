/** Output in ASCII: a page without a charset is read as something else than UTF-8. */
import type { Plugin } from 'rolldown';

/** Escapes all that is not ASCII: in strings and templates, which is where the sources have it. */
export function escaped(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export const ascii: Plugin = {
  name: 'ascii',
  // After everything else, the minifier included, which writes the letters themselves.
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = escaped(file.code);
    },
  },
};
