import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { noChainedOps } from './scripts/lint/noChainedOps.js';

export default defineConfig(
  // AssemblyScript is no TypeScript: its compiler checks it. What is CommonJS is a line or two.
  globalIgnores([
    '**/dist/',
    '**/coverage/',
    'out/',
    '__tests__/fixtures/',
    'assembly/',
    'entries/commonjs/',
  ]),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  prettier,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',

      // Off or eased, each for a reason.
      // `shape.at(-1)!` says what the reader knows of a tensor that has a shape.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Types promise what callers in JavaScript and files on disk do not keep: arguments are checked all the same.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A generic that only the caller names is how `JSON.parse` results and fixtures get their type.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/array-type': ['error', { default: 'array-simple' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // TensorFlow.js does not export the enum of `verbose`, and declares its classes in more than one place.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Typed loops over tensors' values go by index.
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'entries/**/*.ts'],
    plugins: { tfjs: { rules: { 'no-chained-ops': noChainedOps } } },
    rules: {
      'tfjs/no-chained-ops': 'error',
      // Read as another charset, which is what a page without one does, other letters are syntax errors.
      'id-match': ['error', '^[\\w$]+$', { properties: true }],
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/numerics/where.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['where', 'divNoNan'].map((property) => ({
          ...{ object: 'tf', property },
          message: 'On GPUs it knows four axes at most: numerics/where knows any number.',
        })),
      ],
    },
  },
  {
    files: ['src/**'],
    rules: {
      // The package runs in Node, in browsers and in workers: what only one of them has is not there.
      'no-restricted-globals': [
        'error',
        'Buffer',
        'document',
        'global',
        'process',
        'require',
        'self',
        'window',
      ],
    },
  },
  {
    files: ['__tests__/**'],
    rules: {
      // `expect(tf.dispose).toHaveBeenCalled()` names a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
