/**
 * How many cases, and from which seed: FUZZ_RUNS multiplies the first, FUZZ_SEED is the second; `npm run fuzz` sets both,
 * and counts the cases in the file FUZZ_COUNT. A failure names the seed.
 */
import { appendFileSync } from 'node:fs';

const TIMES = Number(process.env.FUZZ_RUNS ?? 1);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** The parameters of `fc.assert` for so many cases in `npm test`. */
export function cases(n: number): { numRuns: number; seed: number } {
  const numRuns = Math.max(1, Math.round(n * TIMES));
  if (process.env.FUZZ_COUNT !== undefined) appendFileSync(process.env.FUZZ_COUNT, `${numRuns}\n`);
  return { numRuns, seed: SEED };
}

/** Milliseconds that a test may take for its cases. */
export const TIMEOUT = 60_000 * Math.max(1, TIMES);
