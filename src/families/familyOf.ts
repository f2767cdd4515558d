/** The families by name, and the check of a likelihood that somebody gave as an object. */
import { checkKeys, isTensor, refuse, shown } from '../check';
import type { Likelihood } from '../likelihoods/likelihood';
import type { Family } from './family';
import { bernoulli, categorical } from './labels';
import { gaussian, studentT } from './noise';
import { poisson } from './poisson';

const FAMILIES = { categorical, bernoulli, gaussian, studentT, poisson } as Readonly<
  Record<Likelihood['family'], Family>
>;

export const familyOf = ({ family }: Likelihood): Family => FAMILIES[family];

/**
 * A frozen copy of the likelihood that somebody gave: what becomes of the original later is nothing to a running prediction.
 *
 * @throws if it is none.
 */
export function checkLikelihood(who: string, likelihood: unknown): Readonly<Likelihood> {
  // A copy first: of what is checked and of what is kept a getter could tell different things.
  const isObject = typeof likelihood === 'object' && likelihood !== null && !isTensor(likelihood);
  const given: Record<string, unknown> = isObject ? { ...likelihood } : {};
  const { family } = given;
  if (typeof family !== 'string' || !Object.hasOwn(FAMILIES, family))
    return refuse(
      who,
      'likelihood must be a loss such as gaussianNLL({stddev: 0.1}), or {family} with its options, family one of ' +
        Object.keys(FAMILIES).map(shown).join(', '),
      shown(likelihood),
    );
  const { keys, checkOptions } = FAMILIES[family as Likelihood['family']];
  checkKeys(who, given, ['family', ...keys]);
  checkOptions(who, given);
  return Object.freeze(given as unknown as Likelihood);
}
