/**
 * `npm run mutation -- [file …]`: breaks the mathematics line by line, and counts what no test notices (Stryker).
 *
 * Each file is mutated by itself and meets only the tests that are about it: those of its own name, and those of the
 * table below. They run on the cpu backend alone, those that come to the mutant, until the first fails. What survives for
 * a reason is listed in `__tests__/mutation/survivors.md`. Reports are left in `out/mutation`.
 */
import { readdirSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';

/** Files and folders that are mutated where none is named. */
const MUTATED = [
  ...['src/gaussian/kl.ts', 'src/gaussian/moments.ts', 'src/gaussian/spread.ts', 'src/maps/moments.ts'],
  ...['src/likelihoods/', 'src/adam.ts', 'src/optimizer/'],
  ...['src/train/sealed.ts', 'src/train/optimizerSlots.ts', 'src/train/savedTraining.ts'],
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
  'src/likelihoods/crossEntropy.ts': ['likelihoods/categorical'],
  'src/likelihoods/likelihood.ts': ['likelihoods/bernoulli', 'likelihoods/gaussian'],
  'src/likelihoods/lnProbability.ts': ['likelihoods/bernoulli', 'likelihoods/categorical'],
  'src/train/sealed.ts': ['train/savedTraining', 'train/checkpoint'],
  'src/train/savedTraining.ts': ['train/checkpoint'],
  'src/train/optimizerSlots.ts': ['train/savedTraining'],
};

/** Survivors at most, in per cent. */
const SURVIVORS = 10;

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
  return names.map((name) => `${name}.test.ts`).filter((test) => tests.includes(test));
}

/** @returns the per cent that survived. */
async function mutate(file: string): Promise<number> {
  const tests = testsOf(file);
  if (tests.length === 0) throw new Error(`No test is about ${file}: enter one in scripts/mutation.ts.`);
  console.log(`${file}: ${tests.join(', ')}`);
  const results = await new Stryker({
    mutate: [file],
    testRunner: 'jest',
    coverageAnalysis: 'perTest',
    jest: {
      projectType: 'custom',
      configFile: 'jest.config.js',
      config: {
        testMatch: tests.map((test) => `<rootDir>/__tests__/${test}`),
        testEnvironment: './__tests__/helpers/untilFailure.js',
        // It gets the native backend ready, at each run.
        globalSetup: undefined,
        reporters: [],
      },
      enableFindRelatedTests: false,
    },
    ignorePatterns: ['dist', 'out', 'benchmarks', 'examples'],
    // A constant's own name, or the text of a message, is no mathematics.
    mutator: { excludedMutations: ['StringLiteral'] },
    tempDirName: 'out/stryker',
    reporters: ['clear-text', 'json'],
    clearTextReporter: { allowColor: false, reportTests: false, allowEmojis: false },
    jsonReporter: { fileName: `out/mutation/${file.replaceAll('/', '.')}.json` },
    concurrency: 1,
    // Only a loop without an end may take so long: on a busy machine a slow run is no killed mutant.
    timeoutMS: 300_000,
  }).runMutationTest();
  const survived = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').length;
  const valid = results.filter(({ status }) =>
    ['Survived', 'NoCoverage', 'Killed', 'Timeout'].includes(status),
  );
  return (100 * survived) / Math.max(1, valid.length);
}

async function main(): Promise<void> {
  process.env.TEST_BACKENDS = 'cpu';
  const named = process.argv.slice(2);
  const scores: string[] = [];
  for (const file of mutated(named.length > 0 ? named : MUTATED)) {
    const survived = await mutate(file);
    scores.push(`${(100 - survived).toFixed(1).padStart(5)} % killed  ${file}`);
    if (survived > SURVIVORS) process.exitCode = 1;
  }
  console.log(scores.join('\n'));
}

void main();
