/** Which epoch was the best, by a metric of the logs. */
import type * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';

export type BestMode = 'auto' | 'min' | 'max';

type Logs = Record<string, number | tf.Tensor>;

export const MODES: readonly BestMode[] = ['auto', 'min', 'max'];

/** Metrics that rise: accuracies, areas under a curve, the ELBO, densities. `negElbo` falls. */
const RISES = /(acc|accuracy|auc|auroc|precision|recall|elbo|logpredictivedensity)$/i;
const FALLS = /neg_?elbo$/i;

/** Is `value` better than `best`, the best so far? What is not finite is not. */
export function isBetter(metric: string, mode: BestMode, value: number, best: number | undefined): boolean {
  if (!Number.isFinite(value)) return false;
  if (best === undefined) return true;
  const rises = mode === 'max' || (mode === 'auto' && RISES.test(metric) && !FALLS.test(metric));
  return rises ? value > best : value < best;
}

/** A metric as a number, NaN of an epoch that had no batch. @throws if it is not in the logs; says what is. */
export async function metricOf(who: string, metric: string, logs: Logs = {}): Promise<number> {
  const value = logs[metric];
  // Where a dataset ran out there is no loss either.
  if (value === undefined && logs.loss === undefined) return NaN;
  if (value === undefined)
    return refuse(
      who,
      `best must name a metric of the logs, which hold ${Object.keys(logs).map(shown).join(', ')}`,
      shown(metric),
      'list the callback that adds it before this one: [elboReport(), checkpoint(…)]',
    );
  return typeof value === 'number' ? value : (await value.data())[0]!;
}
