/** Every snippet of the README runs, as it stands, and does what its comments say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBackend } from './helpers/eachBackend';
import { programsOf, runProgram } from './helpers/snippets';

const programs = programsOf('README.md');

beforeAll(() => startBackend('wasm'));
// They train, and a machine may have much else to do.
jest.setTimeout(180_000);

test('has ten lines to begin with', () => {
  expect(programs.map(({ heading }) => heading)).toContain('Ten lines');
});

test('is short', () => {
  const words = readFileSync(join(__dirname, '../README.md'), 'utf8').match(/[^\s|]*[\p{L}\d][^\s|]*/gu)!;
  expect(words.length).toBeLessThanOrEqual(1200);
});

test.each(programs.map((program) => [program.heading, program] as const))('%s', async (heading, program) => {
  const printed = await runProgram(program);
  if (heading === 'Ten lines') {
    const [mean, interval] = printed as [[number, number], [number, number, number, number]];
    expect(Math.abs(mean[0])).toBeLessThan(0.3);
    const [lower0, upper0, lower3, upper3] = interval;
    expect(upper3 - lower3).toBeGreaterThan(3 * (upper0 - lower0));
  }
});
