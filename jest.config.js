/** @type {import('jest').Config} */
export default {
  globalSetup: '<rootDir>/__tests__/helpers/globalSetup.ts',
  testEnvironment: '<rootDir>/__tests__/helpers/environment.js',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  // Copies of the sources, made by the mutation tests.
  modulePathIgnorePatterns: ['<rootDir>/out/'],
  testPathIgnorePatterns: ['<rootDir>/__tests__/(helpers|fixtures)/'],
  // The examples import the package by its name: tests of theirs get the sources, of which there is then one copy.
  moduleNameMapper: { '^tfjs-bnn$': '<rootDir>/src/index.ts' },
  // Transpiled only: types are checked once, over the whole tree, by `npm run lint`.
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/__tests__/tsconfig.json' }] },
  testSequencer: '<rootDir>/__tests__/helpers/browsersFirst.js',
  reporters: ['default', '<rootDir>/__tests__/helpers/summary.js'],
  // Tests run in a sandbox, in which each look at a global takes longer than an exponential: those of the loops are handed over.
  sandboxInjectedGlobals: ['Math', 'Number', 'Array', 'Float32Array', 'Float64Array'],
  // By default jest leaves a core idle.
  maxWorkers: '100%',
  testTimeout: 60_000,
};
