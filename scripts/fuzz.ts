/**
 * `npm run fuzz -- --runs 10 --seed 7`: the tests of `__tests__/fuzz` with ten times their cases, from another seed.
 * `npm run fuzz -- interleavings` runs those of one file.
 *
 * Without a seed a new one is taken; it is printed, so that what fails can be run again. `--survey file` writes every
 * violation to a file, and fails at none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '1' }, seed: { type: 'string' }, survey: { type: 'string' } },
  allowPositionals: true,
});

const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
if (!(Number(values.runs) > 0) || !Number.isSafeInteger(Number(seed)))
  throw new Error(`--runs must be above 0 and --seed a whole number, got ${values.runs} and ${seed}.`);

const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
const count = join(folder, 'count');
const env = { ...process.env, FUZZ_RUNS: values.runs, FUZZ_SEED: seed, FUZZ_COUNT: count };
if (values.survey !== undefined) Object.assign(env, { FUZZ_SURVEY: values.survey });
const start = Date.now();
const files = positionals.length > 0 ? positionals : [''];
const { status } = spawnSync(process.execPath, [jest, ...files.map((name) => `__tests__/fuzz/.*${name}`)], {
  env,
  stdio: 'inherit',
});
const numbers = existsSync(count) ? readFileSync(count, 'utf8').trim().split('\n').map(Number) : [0];
rmSync(folder, { recursive: true });
const cases = numbers.reduce((a, b) => a + b);
console.log(`${cases.toLocaleString('en')} cases in ${Math.round((Date.now() - start) / 1000)} s`);
console.log(`Again: npm run fuzz -- --runs ${values.runs} --seed ${seed}`);
process.exitCode = status ?? 1;
