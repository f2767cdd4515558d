/**
 * How many cases, and from which seed: FUZZ_RUNS multiplies the first, FUZZ_SEED is the second; `npm run fuzz` sets both.
 * A failure names the seed.
 */
const TIMES = Number(process.env.FUZZ_RUNS ?? 1);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** The parameters of `fc.assert` for so many cases in `npm test`. */
export function cases(n: number): { numRuns: number; seed: number } {
  return { numRuns: Math.max(1, Math.round(n * TIMES)), seed: SEED };
}

/** Milliseconds that a test may take for its cases. */
export const TIMEOUT = 60_000 * Math.max(1, TIMES);
