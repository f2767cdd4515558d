/** Command lines of the examples: how options are read, and what is refused. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { BackendName } from './backend';

/** A command line that is refused: the message says which option and why. */
export class UsageError extends Error {}

/** The values of the options, as text. @throws UsageError for an option that is not there, or lacks its value. */
export function parsed<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    // Node goes on to explain how to pass a value that looks like an option; the first sentence is enough.
    const [reason] = (error as Error).message.split(/[.\n]/, 1);
    throw new UsageError(reason!.replace('is ambiguous', 'is missing, or has to be written --option=value'));
  }
}

export function number(
  option: string,
  text: string | undefined,
  byDefault: number,
  allowed: (value: number) => boolean,
  rule: string,
): number {
  if (text === undefined) return byDefault;
  // Number('') is 0.
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value) || !allowed(value))
    throw new UsageError(`${option} must be ${rule}, got ${JSON.stringify(text)}`);
  return value;
}

export function wholeNumber(
  option: string,
  text: string | undefined,
  byDefault: number,
  least = 1,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const upTo = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const allowed = (v: number): boolean => Number.isSafeInteger(v) && v >= least && v <= most;
  return number(option, text, byDefault, allowed, `a whole number ${upTo}`);
}

export function backendName(text: string | undefined): BackendName | undefined {
  if (text === undefined || text === 'native' || text === 'wasm' || text === 'cpu') return text;
  throw new UsageError(`--backend must be native, wasm or cpu, got ${JSON.stringify(text)}`);
}

export function folder(text: string): string {
  if (text.trim() === '') throw new UsageError('--out must be the name of a folder, got ""');
  return text;
}
