/** Every program of the guides runs, as it stands; their links lead somewhere, and the messages they explain are real. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesUnder } from '../scripts/build/filesUnder';
import typedoc from '../typedoc.json';
import { startBackend } from './helpers/eachBackend';
import { programsOf, runProgram } from './helpers/snippets';

const ROOT = join(__dirname, '..');
const guides = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

beforeAll(() => startBackend('wasm'));
// They train, and a machine may have much else to do.
jest.setTimeout(180_000);

test('the site has all of them', () => {
  expect([...typedoc.projectDocuments].sort()).toEqual([...guides].sort());
});

/** Is there such a file, and in it such a heading? */
function leads(from: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string?];
  const file = path === '' ? join(ROOT, from) : join(ROOT, dirname(from), path);
  return existsSync(file) && (anchor === undefined || anchorsOf(file).includes(anchor));
}

/** What GitHub makes of the headings: small letters and hyphens. */
const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(guides)('%s', (guide) => {
  const text = readFileSync(join(ROOT, guide), 'utf8');
  const programs = programsOf(guide);

  test('has links that lead somewhere', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !link.startsWith('https:') && !leads(guide, link))).toEqual([]);
  });

  // A guide without a program has no test of one.
  for (const [i, program] of programs.entries())
    test(`runs: ${i + 1}, ${program.heading}`, async () => {
      const printed = await runProgram(program);
      expect(printed.length).toBeGreaterThanOrEqual(program.code.includes('.print()') ? 1 : 0);
    });
});

describe('the messages of docs/troubleshooting.md', () => {
  /** Text that is put together of several strings, as one. */
  const joined = (files: string[]): string =>
    files
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
      .replace(/['"`]\s*\+\s*['"`]/g, '');
  const [, ours = '', theirs = ''] = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8').split(
    /^## Messages of .+$/m,
  );
  const messages = (section: string): string[] =>
    [...section.split(/^## /m)[0]!.matchAll(/^\*\*`(.+)`\*\*$/gm)].map(([, message]) => message!);
  const fragments = (message: string): string[] => message.split('…').map((part) => part.trim());

  const sources = joined([...filesUnder(join(ROOT, 'src')), ...filesUnder(join(ROOT, 'entries'))]);
  test.each(messages(ours))('%s is ours', (message) => {
    for (const part of fragments(message)) expect(sources).toContain(part);
  });

  const packages = ['tfjs-core/dist/tf-core.node.js', 'tfjs-layers/dist/tf-layers.node.js'];
  const tensorFlow = joined(packages.map((file) => join(ROOT, 'node_modules/@tensorflow', file)));
  test.each(messages(theirs))("%s is TensorFlow.js's", (message) => {
    for (const part of fragments(message)) expect(tensorFlow).toContain(part);
  });
});
