/** The cells of the matrix: how somebody may come by the package, and where the program then runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench';
import { bundled, BUNDLERS, IMPORTS, type Bundler } from './bundlers';
import { MODULES } from './pack';
import { importMap, scriptTags, type Where } from './pages';
import {
  nativeProgram,
  program,
  RESOLUTIONS,
  typed,
  userTest,
  type Format,
  type Resolution,
} from './programs';
import { tool, Unavailable, type Tool } from './tools';
import type { Outcome } from './trial';

export interface Cell {
  table: 'browser' | 'runtime' | 'TypeScript' | 'test of a user';
  row: string;
  column: string;
  /** Needs nothing but the repository, and no other test tries it: it is a part of `npm test`. */
  quick: boolean;
  attempt: (bench: Bench) => Promise<Outcome> | Outcome;
}

const WHERE: Where[] = ['page', 'worker'];
const FORMATS: Format[] = ['ESM', 'CJS'];

const withoutBundler: Cell[] = ['tf.min.js', 'tf.es2017.min.js'].flatMap((build) =>
  WHERE.map((where) => ({
    table: 'browser',
    row: `script tags, ${build}`,
    column: where,
    quick: true,
    attempt: (bench) => {
      const folder = bench.place();
      scriptTags(bench.consumer, folder, where, `@tensorflow/tfjs/dist/${build}`);
      return bench.visit(folder);
    },
  })),
);

const importMaps: Cell[] = WHERE.map((where) => ({
  table: 'browser',
  row: 'import map, tf.fesm.min.js',
  column: where,
  quick: where === 'page',
  attempt: (bench) => {
    if (where === 'worker') throw new Unavailable('a worker has no import map, by the standard');
    const folder = bench.place();
    importMap(bench.consumer, folder);
    return bench.visit(folder);
  },
}));

const bundles: Cell[] = Object.entries(BUNDLERS).flatMap(([name, tools]) =>
  Object.entries(IMPORTS).flatMap(([entry, imports]) =>
    WHERE.map((where) => ({
      table: 'browser' as const,
      row: entry === 'tfjs-bnn' ? name : `${name}, ${entry}`,
      column: where,
      quick: name === 'esbuild' && (entry === 'tfjs-bnn' || where === 'page'),
      attempt: (bench: Bench) => {
        const modules = tools === undefined ? MODULES : tool(tools);
        const consumer = entry === 'tfjs-bnn' ? bench.consumer : bench.modular;
        const from = (packageName: string): string => join(modules, packageName);
        return bench.visit(bundled(name as Bundler, bench.place(consumer), where, from, imports));
      },
    })),
  ),
);

/** A runtime's command, below the node_modules of a tool. */
const RUNTIMES: Array<[row: string, tools: Tool | undefined, command: string, ...args: string[]]> = [
  [`Node ${process.versions.node}, this one`, undefined, process.execPath],
  ['Node 20', 'node20', 'node/bin/node'],
  ['Node 22', 'node22', 'node/bin/node'],
  ['Node 24', 'node24', 'node/bin/node'],
  ['Bun', 'bun', 'bun/bin/bun.exe'],
  ['Deno', 'deno', '@deno/linux-x64-glibc/deno', 'run', '-A', '--no-lock', '--node-modules-dir=manual'],
];

const runtimes: Cell[] = RUNTIMES.flatMap(([row, tools, command, ...args]) =>
  FORMATS.map((format) => ({
    table: 'runtime' as const,
    row,
    column: format,
    quick: false,
    attempt: (bench: Bench) =>
      program(bench.place(), format, tools === undefined ? command : join(tool(tools), command), ...args),
  })),
);

const TFJS_NODE = '@tensorflow/tfjs-node';

const native: Cell[] = RUNTIMES.filter(([row]) => row.startsWith('Node')).flatMap(([row, tools, command]) =>
  FORMATS.map((format) => ({
    table: 'runtime' as const,
    row: `${row}, tfjs-bnn/node`,
    column: format,
    quick: false,
    attempt: (bench: Bench) => {
      if (!existsSync(join(MODULES, TFJS_NODE, 'lib')))
        throw new Unavailable(`${TFJS_NODE} is not installed`);
      const folder = bench.place(bench.with('@tensorflow/tfjs', TFJS_NODE));
      return nativeProgram(folder, format, tools === undefined ? command : join(tool(tools), command));
    },
  })),
);

const COMPILERS: Array<[row: string, tools: Tool | undefined]> = [
  ['5.0', 'typescript5.0'],
  ['5.9', 'typescript5.9'],
  ['6', undefined],
  ['7', 'typescript7'],
];

const compilers: Cell[] = COMPILERS.flatMap(([row, tools]) =>
  Object.keys(RESOLUTIONS).map((column) => ({
    table: 'TypeScript' as const,
    row,
    column,
    quick: false,
    attempt: (bench: Bench) =>
      typed(bench.place(), column as Resolution, tools === undefined ? MODULES : tool(tools)),
  })),
);

const userTests: Cell[] = [
  ...FORMATS.map((format): Cell => ({
    table: 'test of a user',
    row: 'jest',
    column: format,
    quick: true,
    attempt: (bench) => userTest(bench.place(), 'jest', format),
  })),
  {
    table: 'test of a user',
    row: 'vitest',
    column: 'ESM',
    quick: false,
    attempt: (bench) => userTest(bench.place(), 'vitest', 'ESM', tool('vitest')),
  },
];

export const cells: Cell[] = [
  ...withoutBundler,
  ...importMaps,
  ...bundles,
  ...runtimes,
  ...native,
  ...compilers,
  ...userTests,
];
