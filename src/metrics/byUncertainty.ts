/** Predictions in the order of their uncertainty, the surest first, with what is known of each: is it right? */
import { refuse } from '../check';
import { labelsOf, numbersOf, type ClassLabels, type NumberPerExample } from './probabilities';

export interface ByUncertainty {
  /** The uncertainties, as they were given. */
  u: Float64Array;
  /** 1 where the prediction is right, and 0. */
  right: Float64Array;
  /** Places in both, by rising uncertainty. */
  order: number[];
}

/** @throws if one of them is not [N] or holds a NaN, if they differ in length, or correct holds another number than 0 and 1. */
export function byUncertainty(
  who: string,
  uncertainty: NumberPerExample,
  correct: ClassLabels,
): ByUncertainty {
  const u = numbersOf(who, 'uncertainty', uncertainty, 'take one uncertainty for each example');
  const right = labelsOf(who, 'correct', correct, 2);
  if (right.length !== u.length)
    refuse(who, `correct must be as long as uncertainty, ${u.length}`, String(right.length));
  const bad = right.findIndex((v) => v !== 0 && v !== 1);
  if (bad >= 0) refuse(who, 'correct must be 0 or 1', `${right[bad]!} in row ${bad}`);
  const order = Array.from(u.keys()).sort((i, j) => (u[i]! < u[j]! ? -1 : u[i]! > u[j]! ? 1 : 0));
  return { u, right, order };
}
