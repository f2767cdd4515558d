/** The rules of ESLint that keep the builds possible find what they are for, and mend what can be mended. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const CHAINED = `import * as tf from '@tensorflow/tfjs';
export const f = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => x.mul(y.reshape([2, 3])).toFloat().concat(y, -1).asScalar();
`;
const RESTRICTED = `import * as tf from '@tensorflow/tfjs';
export const f = (x: tf.Tensor): tf.Tensor => tf.where(tf.less(x, 0), x, tf.divNoNan(x, x));
`;

/** What ESLint says of each text, as if it were a file of `src`, and what it makes of it where it mends. */
const PROGRAM = `
  import { ESLint } from 'eslint';
  const results = [];
  for (const [text, fix] of JSON.parse(process.argv[1])) {
    const [{ messages, output }] = await new ESLint({ fix }).lintText(text, { filePath: 'src/adam.ts' });
    // That an import is of types only is no matter here.
    const own = messages.filter(({ ruleId }) => !ruleId.startsWith('@typescript-eslint/'));
    results.push({ messages: own.map(({ ruleId, message }) => ruleId + ': ' + message), output });
  }
  console.log(JSON.stringify(results));`;

interface Result {
  messages: string[];
  output?: string;
}
let results: Record<'chained' | 'mended' | 'restricted' | 'letters', Result>;

// Together: most of the time goes into the types of the whole tree, which a process reads once.
beforeAll(() => {
  const texts = [
    ...[
      [CHAINED, false],
      [CHAINED, true],
      [RESTRICTED, false],
    ],
    ['export const σ = 1;\n', false],
  ];
  const args = ['--input-type=module', '-e', PROGRAM, JSON.stringify(texts)];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(__dirname, '..'),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  const [chained, mended, restricted, letters] = JSON.parse(stdout) as [Result, Result, Result, Result];
  results = { chained, mended, restricted, letters };
});

test('chained ops are errors, with the remedy', () => {
  expect(results.chained.messages.sort()).toEqual(
    ['asScalar', 'concat', 'mul', 'reshape', 'toFloat'].map(
      (name) =>
        expect.stringContaining(
          `tfjs/no-chained-ops: ${name} is a chained op, which @tensorflow/tfjs-core alone does not have: tf.`,
        ) as string,
    ),
  );
});

test('and are mended, the inner ones first', () => {
  expect(results.mended.messages).toEqual([]);
  expect(results.mended.output).toContain(
    "tf.reshape(tf.concat([tf.cast(tf.mul(x, tf.reshape(y, [2, 3])), 'float32'), y], -1), [])",
  );
});

test('ops that GPUs know of four axes alone are errors', () => {
  expect(results.restricted.messages).toEqual([
    expect.stringContaining("'tf.where' is restricted from being used. On GPUs it knows four axes at most"),
    expect.stringContaining(
      "'tf.divNoNan' is restricted from being used. On GPUs it knows four axes at most",
    ),
  ]);
});

test('identifiers that are not ASCII are errors', () => {
  expect(results.letters.messages).toEqual([
    expect.stringContaining("id-match: Identifier 'σ' does not match the pattern"),
  ]);
});
