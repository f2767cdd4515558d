/** The number of bins of a table. */
import { checkPositiveInteger, refuse } from '../check';

/** More rows than any screen has pixels; a table of 1e9 would fill the memory. */
const MOST = 10_000;

export function checkBins(who: string, bins: unknown): asserts bins is number {
  checkPositiveInteger(who, 'bins', bins);
  if (bins > MOST) refuse(who, `bins must be at most ${MOST}`, String(bins));
}
