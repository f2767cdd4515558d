/** What a Bayesian layer has in the place of what its counterpart has: refused with the reason. */
import { refuse } from '../check';

/**
 * @param whose behind the name in the refusal
 * @param depth how far down it is looked for: options may hold whole layers, a config holds those of its parts
 * @throws if a regularizer or a constraint is given.
 */
export function refuseRegularizers(
  who: string,
  options: unknown,
  whose = 'as an option',
  depth: 'here' | 'everywhere' = 'here',
): void {
  const found = regularizerIn(options, depth === 'here' ? 0 : DEPTH);
  if (found !== undefined)
    refuse(
      who,
      'the prior takes the place of regularizers and constraints',
      `${found} ${whose}`,
      'prior: 0.1 pulls the weights to 0 with a stddev of 0.1',
    );
}

/** Deeper than any config of layers in layers: what holds itself is left at that. */
const DEPTH = 8;

function regularizerIn(options: unknown, depth: number): string | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  for (const [key, value] of Object.entries(options)) {
    if (value == null) continue;
    if (/(Regularizer|Constraint)$/.test(key)) return key;
    const inside = depth > 0 ? regularizerIn(value, depth - 1) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}
