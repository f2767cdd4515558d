/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/__tests__/helpers/environment.js',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/__tests__/(helpers|fixtures)/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Transpiled only: types are checked once, over the whole tree, by `npm run lint`.
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/__tests__/tsconfig.json' }] },
  reporters: ['default', '<rootDir>/__tests__/helpers/summary.js'],
  testTimeout: 60_000,
};
