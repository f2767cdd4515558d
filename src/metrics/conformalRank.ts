/**
 * Which of n scores a new one, exchangeable with them, does not exceed with a given probability.
 *
 * The rank of the new score among all n + 1 is as likely one as another. So it is at most the k-th least of the n with
 * probability at least k/(n + 1): k = ⌈(n + 1) · probability⌉ does (Vovk, Gammerman & Shafer 2005, proposition 2.3;
 * Angelopoulos & Bates 2021, arXiv:2107.07511, appendix D).
 */
import { refuse } from '../check';

/** Of products that are whole numbers but for their rounding. */
const ROUNDING = 1e-9;

/** Of 1 … n. @throws if n are too few, saying how many are needed; `what` they are, `name` of what is asked for */
export function conformalRank(
  who: string,
  probability: number,
  n: number,
  what: string,
  name: string,
): number {
  const rank = Math.max(1, Math.ceil((n + 1) * probability - ROUNDING));
  if (rank <= n) return rank;
  // (n + 1) p ≤ n
  const needed = Math.max(1, Math.ceil(probability / (1 - probability) - ROUNDING));
  return refuse(who, `${name} needs at least ${needed} ${what}`, String(n));
}
