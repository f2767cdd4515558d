/** The rule of the rooms: imports in src go down, never up and never in a circle; and the rule can fail. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

interface Report {
  summary: { totalCruised: number; violations: Array<{ from: string; to: string; rule: { name: string } }> };
}

/** Judges the folder `src` of a folder; every violation reads `from → to: rule`. */
function cruise(folder: string): { files: number; violations: string[] } {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      ...['--config', join(ROOT, '.dependency-cruiser.js'), '--output-type', 'json', 'src'],
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser said nothing: ${stderr}`);
  const { summary } = JSON.parse(stdout) as Report;
  return {
    files: summary.totalCruised,
    violations: summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}`),
  };
}

/** Judges a `src` that has these files. */
function cruiseFiles(files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'src', name)), { recursive: true });
      writeFileSync(join(folder, 'src', name), text);
    }
    return cruise(folder).violations;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('src keeps the rule', () => {
  const { files, violations } = cruise(ROOT);
  expect(violations).toEqual([]);
  // A cruise that meets no files would find nothing either.
  expect(files).toBeGreaterThan(10);
});

test('imports down the floors or sideways are no violation', () => {
  expect(
    cruiseFiles({
      'check.ts': 'export const a = 1;',
      'gaussian/kl.ts':
        "import { a } from '../check'; import * as tf from '@tensorflow/tfjs'; export const b = [a, tf];",
      'gaussian/moments.ts': "import { b } from './kl'; export type B = typeof b;",
      'layers/hidden.ts': "import type { B } from '../gaussian/moments'; export type C = B;",
      'index.ts': "export type { C } from './layers/hidden';",
    }),
  ).toEqual([]);
});

/** What breaks the rule: the files, and the violation that they make. */
const BROKEN: Array<[name: string, files: Record<string, string>, violation: string]> = [
  [
    'a type imported from a floor above',
    {
      'gaussian/kl.ts': "import type { Layer } from '../layers/layer'; export type Of = Layer;",
      'layers/layer.ts': 'export interface Layer { units: number }',
    },
    'src/gaussian/kl.ts → src/layers/layer.ts: floor-1-imports-upwards',
  ],
  [
    'a type passed on from a floor above',
    {
      'distribution.ts': "export type { Draws } from './predict/draws';",
      'predict/draws.ts': 'export interface Draws { draws: number }',
    },
    'src/distribution.ts → src/predict/draws.ts: floor-2-imports-upwards',
  ],
  [
    'a type of a floor above, named in place',
    {
      'check.ts': "export type Of = import('./noise/noise').Seeds;",
      'noise/noise.ts': 'export type Seeds = () => number;',
    },
    'src/check.ts → src/noise/noise.ts: floor-0-imports-upwards',
  ],
  [
    'a circle of types',
    {
      'kernels/a.ts': "import type { B } from './b'; export interface A { b: B }",
      'kernels/b.ts': "import type { A } from './a'; export interface B { a: A }",
    },
    'src/kernels/a.ts → src/kernels/b.ts: circle',
  ],
  [
    'a circle through a third file, closed by a type',
    {
      'layers/a.ts': "import { b } from './b'; export const a = (): number => b();",
      'layers/b.ts': "import { c } from './c'; export const b = (): number => c();",
      'layers/c.ts':
        "import type { a } from './a'; export const c = (): number => 1; export type A = typeof a;",
    },
    'src/layers/a.ts → src/layers/b.ts: circle',
  ],
  [
    'a file on no floor that stands alone',
    { 'alone.ts': 'export const a = 1;' },
    'src/alone.ts → src/alone.ts: on-no-floor-alone',
  ],
  [
    'a file on no floor that imports',
    { 'imports.ts': "export { c } from './numerics/c';", 'numerics/c.ts': 'export const c = 1;' },
    'src/imports.ts → src/numerics/c.ts: on-no-floor',
  ],
  [
    'a file on no floor that is imported',
    { 'adam.ts': "export { b } from './imported';", 'imported.ts': 'export const b = 1;' },
    'src/adam.ts → src/imported.ts: on-no-floor-imported',
  ],
  [
    'a module that browsers do not have',
    { 'numerics/entropy.ts': "import { readFileSync } from 'node:fs'; export const a = readFileSync;" },
    'src/numerics/entropy.ts → fs: out-of-the-house',
  ],
  [
    'an import that leads nowhere',
    { 'index.ts': "export { a } from './layers/gone';" },
    'src/index.ts → ./layers/gone: nowhere',
  ],
];

describe('the rule finds', () => {
  // All of them in one tree, whose files do not meet: judging one takes a second.
  const violations: string[] = [];
  beforeAll(() => {
    violations.push(
      ...cruiseFiles(Object.assign({}, ...BROKEN.map(([, files]) => files)) as Record<string, string>),
    );
  });

  test.each(BROKEN)('%s', (_name, _files, violation) => {
    expect(violations).toContain(violation);
  });

  test('nothing else', () => {
    expect([...violations].sort()).toEqual(BROKEN.map(([, , violation]) => violation).sort());
  });
});
