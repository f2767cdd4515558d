/**
 * `npm run mutation -- [file …]`: breaks the mathematics line by line, and counts what no test notices. The mutants are
 * those of Stryker.
 *
 * Each file is mutated by itself and meets only the tests that are about it: those of its own name, and those of the
 * table below, on the cpu backend alone, and of them those that come to the mutant, until the first fails. So a mutant
 * takes milliseconds. What is left of a file that asks for kernels meets them on the native backend too, where that is
 * installed, since it has most. What survives for a reason is listed in `__tests__/mutation/survivors.md`.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runCLI } from 'jest';
import globalSetup from '../__tests__/helpers/globalSetup';
import { instrumented, type Mutant } from './mutation/instrumented';

/** Files and folders that are mutated where none is named. */
const MUTATED = [
  ...['src/gaussian/kl.ts', 'src/gaussian/moments.ts', 'src/gaussian/spread.ts', 'src/maps/moments.ts'],
  ...['src/likelihoods/', 'src/adam.ts', 'src/optimizer/'],
  ...['src/checkpoint/sealed.ts', 'src/optimizer/optimizerSlots.ts', 'src/checkpoint/savedTraining.ts'],
  ...['src/train/gradientGate.ts', 'src/train/untrainedWeights.ts'],
  ...['flipout', 'foldedRows', 'local', 'localDraw', 'weightSpace'].map((n) => `src/estimators/${n}.ts`),
];

/** Tests that are about a file and do not have its name. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ['flipout', 'foldedRows', 'local', 'weightSpace'].map((name) => [
      `src/estimators/${name}.ts`,
      ['estimators/fold'],
    ]),
  ),
  ...Object.fromEntries(
    ['categorical', 'bernoulli', 'poisson'].map((name) => [
      `src/likelihoods/${name}.ts`,
      ['likelihoods/outputs', 'likelihoods/nllOf'],
    ]),
  ),
  'src/likelihoods/scale.ts': ['likelihoods/gaussian'],
  'src/likelihoods/studentT.ts': ['likelihoods/nllOf'],
  'src/likelihoods/likelihood.ts': ['likelihoods/bernoulli', 'likelihoods/gaussian', 'likelihoods/targets'],
  'src/likelihoods/lnProbability.ts': ['likelihoods/bernoulli', 'likelihoods/categorical'],
  'src/adam.ts': ['optimizer/adamSlots'],
  'src/checkpoint/savedTraining.ts': ['checkpoint/savedBest', 'checkpoint/checkpoint'],
};

/** Tests that take seconds, as training does: a mutant that none but they notice counts as a survivor. */
const TOO_LONG = 'trains|finds mean and stddev of samples|over many draws|over 300,000 weights|for a million';

/** Survivors at most, in per cent. */
const SURVIVORS = 10;

/** Of this run alone: another may go on beside it. */
const TEXT = resolve(`out/mutation/${process.pid}.ts`);

/** What `mutation/environment.js` is told, and tells. */
interface Job {
  /** Titles of tests that are left out. */
  without: string;
  ids: string[];
  verdicts: Record<string, 'killed' | 'survived' | 'none' | 'loading'>;
  /** The one mutant that is there from the start. */
  active?: string;
  failed?: boolean;
  /** Does everything still pass at the end? */
  sound?: boolean;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

function mutated(patterns: readonly string[]): string[] {
  const all = filesUnder('src').map((name) => `src/${name}`);
  return patterns.flatMap((pattern) => {
    const matching = all.filter(
      (file) => file === pattern || (pattern.endsWith('/') && file.startsWith(pattern)),
    );
    if (matching.length === 0) throw new Error(`There is no file of src at ${pattern}.`);
    return matching;
  });
}

function testsOf(file: string): string[] {
  const names = [file.replace(/^src\//, '').replace(/\.ts$/, ''), ...(BESIDES[file] ?? [])];
  const tests = filesUnder('__tests__');
  const found = names.map((name) => `${name}.test.ts`).filter((test) => tests.includes(test));
  if (found.length === 0) throw new Error(`No test is about ${file}: enter one in scripts/mutation.ts.`);
  return found;
}

async function backendsFor(file: string): Promise<string[]> {
  if (!/from '.*\/kernels\/door'/.test(readFileSync(file, 'utf8'))) return ['cpu'];
  await globalSetup();
  return process.env.TFJS_BNN_NO_NATIVE === undefined ? ['cpu', 'tensorflow'] : ['cpu'];
}

/** Runs a test file with the job. @returns what failed before any mutant was met, if anything did. */
async function failureOf(file: string, test: string, job: Job): Promise<string | undefined> {
  Object.assign(globalThis, { [Symbol.for('mutation job')]: job });
  const tsconfig = '<rootDir>/__tests__/tsconfig.json';
  const config = {
    rootDir: process.cwd(),
    testMatch: [`<rootDir>/__tests__/${test}`],
    testEnvironment: '<rootDir>/scripts/mutation/environment.js',
    modulePathIgnorePatterns: ['<rootDir>/out/'],
    transform: {
      [`/${file.replaceAll('.', '\\.')}$`]: [
        '<rootDir>/scripts/mutation/transform.js',
        { text: TEXT, tsconfig },
      ],
      '^.+\\.ts$': ['ts-jest', { tsconfig }],
    },
    testTimeout: 3_600_000,
  };
  const argv = { $0: 'mutation', _: [], config: JSON.stringify(config), runInBand: true, silent: true };
  const { results } = await runCLI({ ...argv, reporters: [] }, [process.cwd()]);
  if (results.success && results.numPassedTests > 0) return undefined;
  return results.testResults.map(({ failureMessage }) => failureMessage ?? 'no test').join('\n');
}

async function survivorsOf(file: string): Promise<{ all: number; surviving: Mutant[]; never: Mutant[] }> {
  const { text, mutants } = await instrumented(file);
  mkdirSync('out/mutation', { recursive: true });
  writeFileSync(TEXT, text);
  const verdicts: Job['verdicts'] = {};
  const backends = await backendsFor(file);
  const meetings = backends.flatMap((backend) => testsOf(file).map((test) => ({ backend, test })));
  for (const { backend, test } of meetings) {
    const alive = mutants.map(({ id }) => id).filter((id) => verdicts[id] !== 'killed');
    if (alive.length === 0) break;
    process.env.TEST_BACKENDS = backend;
    const job: Job = { without: TOO_LONG, ids: alive, verdicts };
    const failure = await failureOf(file, test, job);
    if (failure !== undefined) throw new Error(`${test} fails without a mutant: ${failure}`);
    if (job.sound === false)
      throw new Error(`${test} fails behind the mutants: a failed test leaves something.`);
    for (const active of alive.filter((id) => verdicts[id] === 'loading')) {
      const noticed = await failureOf(file, test, { without: TOO_LONG, ids: [], verdicts, active });
      verdicts[active] = noticed === undefined ? 'survived' : 'killed';
    }
  }
  const having = (verdict: string): Mutant[] => mutants.filter(({ id }) => verdicts[id] === verdict);
  return { all: mutants.length, surviving: having('survived'), never: having('none') };
}

async function main(): Promise<void> {
  const named = process.argv.slice(2);
  const scores: string[] = [];
  for (const file of mutated(named.length > 0 ? named : MUTATED)) {
    const start = Date.now();
    const { all, surviving, never } = await survivorsOf(file);
    const left = [...surviving, ...never];
    for (const mutant of left)
      console.log(
        `${file}:${mutant.line} ${mutant.kind}${never.includes(mutant) ? ', no test comes to it' : ''}: ${mutant.change}`,
      );
    const killed = all === 0 ? 100 : (100 * (all - left.length)) / all;
    const seconds = Math.round((Date.now() - start) / 1000);
    scores.push(
      `${killed.toFixed(1).padStart(5)} % killed, ${left.length} of ${all} left  ${file}  (${seconds} s)`,
    );
    console.log(scores.at(-1));
    if (100 - killed > SURVIVORS) process.exitCode = 1;
  }
  rmSync(TEXT, { force: true });
  console.log(`\n${scores.join('\n')}`);
}

void main();
