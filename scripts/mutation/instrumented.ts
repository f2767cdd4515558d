/** The mutants of a file, by Stryker's instrumenter: all of them in one text, in which each is switched on by its number. */
import { readFileSync } from 'node:fs';
import { Instrumenter } from '@stryker-mutator/instrumenter';

export interface Mutant {
  id: string;
  /** The kind of change. */
  kind: string;
  /** From 1 on. */
  line: number;
  /** What stands there, and what the mutant has in its place; one line each, cut short. */
  change: string;
}

/** A constant's own name, or the text of a message, is no mathematics. */
const EXCLUDED = ['StringLiteral'];

const quiet = (): void => undefined;
const logger = {
  ...{ isTraceEnabled: () => false, isDebugEnabled: () => false, isInfoEnabled: () => false },
  ...{ isWarnEnabled: () => false, isErrorEnabled: () => false, isFatalEnabled: () => false },
  ...{ trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet },
};

export async function instrumented(file: string): Promise<{ text: string; mutants: Mutant[] }> {
  const content = readFileSync(file, 'utf8');
  const { files, mutants } = await new Instrumenter(logger).instrument(
    [{ name: file, content, mutate: true }],
    { plugins: null, excludedMutations: EXCLUDED, ignorers: [] },
  );
  const lines = content.split('\n');
  return {
    text: files[0]!.content,
    mutants: mutants
      .filter(({ status }) => status !== 'Ignored')
      .map(({ id, mutatorName, location: { start, end }, replacement }) => ({
        id,
        kind: mutatorName,
        line: start.line + 1,
        change: `${short(textAt(lines, start, end))} → ${short(replacement)}`,
      })),
  };
}

interface Position {
  line: number;
  column: number;
}

function textAt(lines: string[], start: Position, end: Position): string {
  const [first, ...rest] = lines.slice(start.line, end.line + 1);
  if (rest.length === 0) return first!.slice(start.column, end.column);
  return [first!.slice(start.column), ...rest.slice(0, -1), rest.at(-1)!.slice(0, end.column)].join(' ');
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 70 ? line : `${line.slice(0, 67)}…`;
}
