/** The rules of ESLint that keep the builds possible find what they are for, and mend what can be mended. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** What ESLint says of a text, as if it were that file; with `--fix-dry-run` what it makes of it, too. */
function lint(file: string, text: string, ...flags: string[]): { messages: string[]; output?: string } {
  const args = ['--stdin', '--stdin-filename', file, '--format', 'json', ...flags];
  const eslint = join(ROOT, 'node_modules/eslint/bin/eslint.js');
  const { stdout, stderr } = spawnSync(process.execPath, [eslint, ...args], {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
  });
  try {
    const [{ messages, output }] = JSON.parse(stdout) as [
      { messages: Array<{ ruleId: string; message: string }>; output?: string },
    ];
    // That an import is of types only is no matter here.
    const own = messages.filter(({ ruleId }) => !ruleId.startsWith('@typescript-eslint/'));
    return { messages: own.map(({ ruleId, message }) => `${ruleId}: ${message}`), output };
  } catch {
    throw new Error(`${stdout}\n${stderr}`);
  }
}

const CHAINED = `import * as tf from '@tensorflow/tfjs';
export const f = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => x.mul(y.reshape([2, 3])).toFloat().concat(y, -1).asScalar();
`;

test('chained ops are errors, with the remedy', () => {
  const { messages } = lint('src/adam.ts', CHAINED);
  expect(messages.sort()).toEqual(
    ['asScalar', 'concat', 'mul', 'reshape', 'toFloat'].map(
      (name) =>
        expect.stringContaining(
          `tfjs/no-chained-ops: ${name} is a chained op, which @tensorflow/tfjs-core alone does not have: tf.`,
        ) as string,
    ),
  );
});

test('and are mended, the inner ones first', () => {
  const { messages, output } = lint('src/adam.ts', CHAINED, '--fix-dry-run');
  expect(messages).toEqual([]);
  expect(output).toContain(
    "tf.reshape(tf.concat([tf.cast(tf.mul(x, tf.reshape(y, [2, 3])), 'float32'), y], -1), [])",
  );
});

test('identifiers that are not ASCII are errors', () => {
  const { messages } = lint('src/adam.ts', 'export const σ = 1;\n');
  expect(messages).toEqual([expect.stringContaining("id-match: Identifier 'σ' does not match the pattern")]);
});
