/** The programs of a Markdown file, which run as they stand. */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const ROOT = join(__dirname, '../..');

export interface Program {
  /** The heading that its first block stands under. */
  heading: string;
  code: string;
}

/** The fenced blocks of `js`. One without an import goes on with the block before it: they are one program. */
export function programsOf(file: string): Program[] {
  let heading = file;
  const programs: Program[] = [];
  const text = readFileSync(join(ROOT, file), 'utf8');
  for (const [, title, language, code = ''] of text.matchAll(/^#+ (.+)$|^```(\w+)\n([^]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else if (language === 'js' && !code.startsWith('import ') && programs.length > 0)
      programs.at(-1)!.code += code;
    else if (language === 'js') programs.push({ heading, code });
  }
  return programs;
}

/**
 * Runs a program, top-level `await` included, and returns the numbers of each tensor that it printed.
 *
 * @param given what it may name without an import
 * @param logged gets what it hands to `console.log`
 */
export async function runProgram(
  { code }: Pick<Program, 'code'>,
  given: Record<string, unknown> = {},
  logged: unknown[] = [],
): Promise<number[][]> {
  const printed: number[][] = [];
  const print = jest.spyOn(tf.Tensor.prototype, 'print').mockImplementation(function (this: tf.Tensor) {
    printed.push(Array.from(this.dataSync()));
  });
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const log = jest
    .spyOn(console, 'log')
    .mockImplementation((...said: unknown[]) => void logged.push(...said));
  const { outputText } = transpileModule(code, {
    compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true },
  });
  tf.engine().startScope();
  try {
    // What jest's `require` finds under the package's name is the sources.
    await (
      eval(`async (require, exports, { ${Object.keys(given).join(', ')} }) => {{${outputText}\n}}`) as (
        load: NodeJS.Require,
        exports: object,
        given: object,
      ) => Promise<void>
    )(require, {}, given);
    expect(warn).not.toHaveBeenCalled();
    // A tensor that is logged is a heap of fields, and no number.
    expect(log.mock.calls.flat().filter((value) => value instanceof tf.Tensor)).toEqual([]);
    expect(printed.flat().every(Number.isFinite)).toBe(true);
    return printed;
  } finally {
    tf.engine().endScope();
    for (const spy of [print, warn, log]) spy.mockRestore();
  }
}
