/** The options of a wrapper that gives another layer's weights a posterior: those of the family that no map, activation or bias needs. */
import type * as tf from '@tensorflow/tfjs';
import { checkKeys, refuse, shown } from '../check';
import type { Prior } from '../gaussian/prior';
import { checkedFamilyOptions, type FamilyOptions } from './familyOptions';
import { checkedInner } from './innerLayer';
import { LAYER_ARGS, type LayerArgs } from './layerArgs';
import type { VariationalSettings } from './variationalLayer';

/** Normal(mean, stddev²), the same for all weights. */
export type PriorNumbers = { [part in keyof Prior]: number };

type Shared = 'datasetSize' | 'klFactor' | 'klWeight' | 'seed' | 'initialStddev';

/** What the wrapper has beside its layer. */
export interface PosteriorOptions extends Pick<FamilyOptions, Shared> {
  /** Prior of all weights: a stddev, or {mean, stddev}, numbers. @defaultValue 1, with the mean 0 */
  prior?: number | Partial<PriorNumbers>;
  /**
   * Initial stddev of all weights, above 0.
   * @defaultValue for each tensor a tenth of the root mean square of its initial values, or 0.1 / √(inputs of a unit) where
   * all of them are 0
   */
  initialStddev?: number;
}

export interface BayesianWrapperOptions extends PosteriorOptions, LayerArgs {
  /** The layer whose weights get a posterior: a new one, not yet used. */
  layer: tf.layers.Layer;
}

export interface WrapperSettings extends VariationalSettings {
  layer: tf.layers.Layer;
  prior: PriorNumbers;
  initialStddev: number | undefined;
}

export const POSTERIOR_OPTIONS = ['datasetSize', 'klFactor', 'klWeight', 'prior', 'initialStddev', 'seed'];

/** @throws if one is missing, unknown, of the wrong kind or out of range. */
export function checkedWrapperOptions(who: string, options: BayesianWrapperOptions): WrapperSettings {
  checkKeys(who, options, ['layer', ...POSTERIOR_OPTIONS, ...LAYER_ARGS]);
  const { klFactor, klWeight, seed, prior, initialStddev } = checkedFamilyOptions(who, options, ['layer']);
  for (const part of Object.values(prior))
    if (typeof part !== 'number')
      refuse(who, 'the prior of a wrapped layer must be made of numbers', shown(options.prior));
  const layer = checkedInner(who, options.layer);
  return { klFactor, klWeight, seed, layer, prior: prior as PriorNumbers, initialStddev };
}
