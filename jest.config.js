/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/__tests__/helpers/environment.js',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/__tests__/(helpers|fixtures)/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    // Types are checked once, by `npm run lint`: checking them again in each of two workers triples the time of a run.
    '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/__tests__/tsconfig.json' }],
  },
  testTimeout: 60_000,
};
