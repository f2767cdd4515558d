/**
 * Each function and class on a line of its own. Node prints the line from which an uncaught error comes: were the build one
 * line, that would be 200 kB of it, and the message below.
 */
import type { Plugin } from 'rolldown';

/** @param statements those of the top level of `code` */
function inLines(code: string, statements: Array<{ start: number }>): string {
  const starts = statements.map(({ start }) => start).filter((start) => start > 0);
  return [0, ...starts].map((start, i) => code.slice(start, starts[i]).trimEnd()).join('\n');
}

export const lines: Plugin = {
  name: 'lines',
  // After the minifier, which takes line ends away.
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk') file.code = inLines(file.code, this.parse(file.code).body);
    },
  },
};
