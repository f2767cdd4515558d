/** Every snippet of the README runs, as it stands, and does what its comments say. */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { startBackend } from './helpers/eachBackend';

const ROOT = join(__dirname, '..');

interface Snippet {
  heading: string;
  language: string;
  code: string;
}

/** The fenced blocks of a Markdown file, each under the heading before it. */
function snippetsOf(file: string): Snippet[] {
  let heading = '';
  const found: Snippet[] = [];
  const text = readFileSync(join(ROOT, file), 'utf8');
  for (const [, title, language, code] of text.matchAll(/^#+ (.+)$|^```(\w+)\n([^]*?)^```$/gm))
    if (title === undefined) found.push({ heading, language: language!, code: code! });
    else heading = title;
  return found;
}

/** Runs the text of a module, top-level `await` included. */
async function run(code: string): Promise<void> {
  const { outputText } = transpileModule(code, {
    compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true },
  });
  // What jest's `require` finds under the package's name is the sources.
  await (
    eval(`async (require, exports) => {${outputText}\n}`) as (
      load: NodeJS.Require,
      exports: object,
    ) => Promise<void>
  )(require, {});
}

const snippets = snippetsOf('README.md').filter(({ language }) => language === 'js');

beforeAll(() => startBackend('wasm'));

test('has snippets', () => {
  expect(snippets.length).toBeGreaterThan(3);
});

test.each(snippets.map((snippet) => [snippet.heading, snippet] as const))('%s', async (heading, { code }) => {
  const printed: number[][] = [];
  const print = jest.spyOn(tf.Tensor.prototype, 'print').mockImplementation(function (this: tf.Tensor) {
    printed.push(Array.from(this.dataSync()));
  });
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  try {
    tf.engine().startScope();
    await run(code);
    expect(warn).not.toHaveBeenCalled();
    expect(printed.flat().every(Number.isFinite)).toBe(true);
    if (heading === 'Ten lines') {
      const [mean, stddev] = printed as [[number, number], [number, number]];
      expect(Math.abs(mean[0])).toBeLessThan(0.3);
      expect(stddev[1]).toBeGreaterThan(3 * stddev[0]);
    }
  } finally {
    tf.engine().endScope();
    print.mockRestore();
    warn.mockRestore();
  }
});
