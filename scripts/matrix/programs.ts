/** Programs of Node, Bun and Deno, of TypeScript, and tests of a user's. Each prints its outcome as the last line. */
import { join } from 'node:path';
import { writeFiles } from './pages';
import { MODULES, run, spoken } from './pack';
import { RUN, TRIAL, type Outcome } from './trial';

export type Format = 'ESM' | 'CJS';

const PRINT = `run(tf, bnn).then(
  (outcome) => console.log(JSON.stringify(outcome)),
  (error) => { console.error(error); process.exitCode = 1; },
);`;

const outcomeOf = (printed: string): Outcome => JSON.parse(printed.trim().split('\n').at(-1)!) as Outcome;

/** Runs the trial in a runtime: `command` with its arguments before the file. */
export function program(folder: string, format: Format, command: string, ...args: string[]): Outcome {
  const name = format === 'ESM' ? 'main.mjs' : 'main.cjs';
  writeFiles(folder, {
    'main.mjs': `import * as tf from '@tensorflow/tfjs'; import * as bnn from 'tfjs-bnn'; ${RUN} ${PRINT}`,
    'main.cjs': `const tf = require('@tensorflow/tfjs'); const bnn = require('tfjs-bnn'); ${RUN} ${PRINT}`,
  });
  // Neither looks for a newer version of itself.
  const env = { DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(folder, 'deno'), DO_NOT_TRACK: '1' };
  return outcomeOf(run(command, [...args, join(folder, name)], folder, env));
}

/** As `program`, on TensorFlow's native backend, by `tfjs-bnn/node`; the outcome's `backend` says what that says it got. */
export function nativeProgram(folder: string, format: Format, command: string): Outcome {
  const name = format === 'ESM' ? 'main.mjs' : 'main.cjs';
  const text = `${TRIAL} trial(tf, bnn).then((outcome) =>
    console.log(JSON.stringify({ ...outcome, backend: [tf.getBackend(), native.name, native.version].join(' ') })));`;
  writeFiles(folder, {
    'main.mjs': `import { native } from 'tfjs-bnn/node'; import * as tf from '@tensorflow/tfjs'; import * as bnn from 'tfjs-bnn'; ${text}`,
    'main.cjs': `const { native } = require('tfjs-bnn/node'); const tf = require('@tensorflow/tfjs'); const bnn = require('tfjs-bnn'); ${text}`,
  });
  // Nothing but the outcome is printed, and nothing of TensorFlow's greeting.
  const { stdout, stderr } = spoken(command, [join(folder, name)], folder);
  if (stderr !== '') throw new Error(`it says on stderr: ${stderr}`);
  return JSON.parse(stdout) as Outcome;
}

/** What a program uses of the types, right and wrong. */
export const TYPED = `
  import * as tf from '@tensorflow/tfjs';
  import * as bnn from 'tfjs-bnn';
  import { hiddenLayer, HiddenLayer, HiddenLayerDistribution, type HiddenLayerOptions } from 'tfjs-bnn';

  const options: HiddenLayerOptions = { units: 2, inputShape: [3], datasetSize: 10 };
  const layer: HiddenLayer = hiddenLayer(options);
  export const model: tf.Sequential = tf.sequential({ layers: [layer, new HiddenLayer({ units: 1 })] });
  export const { A_mean, A_scale }: { A_mean: tf.Tensor; A_scale: tf.Tensor } = layer.posterior();
  export const draws: tf.Tensor = new HiddenLayerDistribution({ X: tf.ones([2, 3]), A_mean, A_scale }).rsample([5]);

  // @ts-expect-error: units are required
  export const nothing = () => hiddenLayer({ datasetSize: 10 });
  // @ts-expect-error: misspelt
  export const misspelt = () => hiddenLayer({ units: 2, datasetsize: 10 });
`;

const RUN_TYPES = `export declare function run(
  tf: typeof import('@tensorflow/tfjs'), bnn: typeof import('tfjs-bnn')): Promise<{ steps: number }>;`;

export const RESOLUTIONS = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};
export type Resolution = keyof typeof RESOLUTIONS;

/** Compiles a program by `compiler`, a node_modules that has a TypeScript, and runs what comes out. */
export function typed(folder: string, resolution: Resolution, compiler: string): Outcome {
  const use = (ending: string): string =>
    `${TYPED} import { run } from './trial.${ending}'; void run(tf, bnn).then((outcome) => console.log(JSON.stringify(outcome)));`;
  const sources: Record<string, string> =
    resolution === 'bundler' ? { 'use.ts': use('js') } : { 'use.mts': use('mjs'), 'use.cts': use('cjs') };
  const compilerOptions = {
    ...RESOLUTIONS[resolution],
    ...{
      strict: true,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      skipLibCheck: true,
      outDir: 'out',
      rootDir: '.',
    },
  };
  const trials = { js: 'd.ts', mjs: 'd.mts', cjs: 'd.cts' };
  for (const [ending, declaration] of Object.entries(trials))
    writeFiles(folder, {
      [`trial.${declaration}`]: RUN_TYPES,
      [`out/trial.${ending}`]:
        ending === 'cjs'
          ? `${RUN} exports.run = run;`
          : RUN.replace('async function run', 'export async function run'),
    });
  writeFiles(folder, {
    ...sources,
    'tsconfig.json': JSON.stringify({ compilerOptions, files: Object.keys(sources) }),
  });
  run(process.execPath, [join(compiler, 'typescript/bin/tsc'), '-p', folder], folder);
  const [outcome] = Object.keys(sources).map((name) =>
    outcomeOf(run(process.execPath, [join(folder, 'out', name.replace('ts', 'js'))], folder)),
  );
  return outcome!;
}

/** A test of a user's, in jest or vitest. */
export function userTest(
  folder: string,
  runner: 'jest' | 'vitest',
  format: Format,
  modules = MODULES,
): Outcome {
  const body = `${RUN}
    test('trains', async () => {
      const outcome = await run(tf, bnn);
      expect(outcome.steps).toBe(20);
      fs.writeFileSync('outcome.json', JSON.stringify(outcome));
    });`;
  const esm = `import * as tf from '@tensorflow/tfjs'; import * as bnn from 'tfjs-bnn'; import fs from 'node:fs';`;
  const cjs = `const tf = require('@tensorflow/tfjs'); const bnn = require('tfjs-bnn'); const fs = require('node:fs');`;
  const globals = runner === 'vitest' ? "import { expect, test } from 'vitest';" : '';
  writeFiles(folder, {
    [format === 'ESM' ? 'user.test.mjs' : 'user.test.cjs']:
      `${format === 'ESM' ? esm + globals : cjs} ${body}`,
    'jest.config.json': JSON.stringify({
      testMatch: ['**/user.test.*'],
      transform: {},
      moduleFileExtensions: ['mjs', 'cjs', 'js', 'json'],
    }),
  });
  if (runner === 'jest')
    run(
      process.execPath,
      [
        ...(format === 'ESM' ? ['--experimental-vm-modules'] : []),
        join(modules, 'jest/bin/jest.js'),
        '--config',
        'jest.config.json',
        '--rootDir',
        folder,
      ],
      folder,
    );
  else run(process.execPath, [join(modules, 'vitest/vitest.mjs'), 'run', '--root', folder], folder);
  return outcomeOf(
    run(process.execPath, ['-p', "require('fs').readFileSync('outcome.json', 'utf8')"], folder),
  );
}
