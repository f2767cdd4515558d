/** `tf.layers.lstm`, `gru` and `simpleRNN` with a posterior over their weights: one draw for all steps of a series. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger } from '../check';
import { LAYER_ARGS, type LayerArgs } from './layerArgs';
import { refuseRegularizers } from './replacedOptions';
import { BayesianWrapper } from './wrapper';
import { POSTERIOR_OPTIONS, type PosteriorOptions } from './wrapperOptions';

/** What the prior takes the place of. */
type Replaced = `${'kernel' | 'recurrent' | 'bias'}${'Regularizer' | 'Constraint'}`;

type Recurrent<Make extends 'lstm' | 'gru' | 'simpleRNN'> = PosteriorOptions &
  LayerArgs &
  Omit<Parameters<(typeof tf.layers)[Make]>[0], keyof LayerArgs | Replaced | 'cell'>;

/** The options of `tf.layers.lstm`, and those of the posterior. */
export type LSTMOptions = Recurrent<'lstm'>;
/** The options of `tf.layers.gru`, and those of the posterior. */
export type GRUOptions = Recurrent<'gru'>;
/** The options of `tf.layers.simpleRNN`, and those of the posterior. */
export type SimpleRNNOptions = Recurrent<'simpleRNN'>;

/**
 * A Bayesian `tf.layers.lstm`, one draw of its weights for all steps: input [B, steps, features], output [B, units], or
 * [B, steps, units] with `returnSequences`.
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const layer = layers.lstm({ units: 32, datasetSize: 1000 });
 * console.log(layer.computeOutputShape([null, 20, 4])); // [null, 32]
 */
export function lstm(options: LSTMOptions): BayesianWrapper {
  return wrapped('layers.lstm', options, LSTM, (own) => tf.layers.lstm(own as LSTMOptions));
}

/**
 * A Bayesian `tf.layers.gru`, one draw of its weights for all steps: input [B, steps, features], output [B, units], or
 * [B, steps, units] with `returnSequences`.
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const layer = layers.gru({ units: 32, returnSequences: true, datasetSize: 1000 });
 * console.log(layer.computeOutputShape([null, 20, 4])); // [null, 20, 32]
 */
export function gru(options: GRUOptions): BayesianWrapper {
  return wrapped('layers.gru', options, GATED, (own) => tf.layers.gru(own as GRUOptions));
}

/**
 * A Bayesian `tf.layers.simpleRNN`, one draw of its weights for all steps: input [B, steps, features], output [B, units], or
 * [B, steps, units] with `returnSequences`.
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const layer = layers.simpleRNN({ units: 32, datasetSize: 1000 });
 * console.log(layer.computeOutputShape([null, 20, 4])); // [null, 32]
 */
export function simpleRNN(options: SimpleRNNOptions): BayesianWrapper {
  return wrapped('layers.simpleRNN', options, SIMPLE, (own) => tf.layers.simpleRNN(own as SimpleRNNOptions));
}

const SIMPLE = [
  ...['units', 'activation', 'useBias', 'kernelInitializer', 'recurrentInitializer', 'biasInitializer'],
  ...['dropout', 'recurrentDropout', 'dropoutFunc', 'returnSequences', 'returnState', 'goBackwards'],
  ...['stateful', 'unroll', 'inputDim', 'inputLength'],
];
const GATED = [...SIMPLE, 'recurrentActivation', 'implementation', 'resetAfter'];
const LSTM = [...SIMPLE, 'recurrentActivation', 'implementation', 'unitForgetBias'];

function wrapped(
  who: string,
  options: PosteriorOptions & { units: number },
  known: string[],
  make: (own: object) => tf.layers.Layer,
): BayesianWrapper {
  refuseRegularizers(who, options);
  checkKeys(who, options, [...known, ...POSTERIOR_OPTIONS, ...LAYER_ARGS]);
  checkPositiveInteger(who, 'units', options.units);
  const entries = Object.entries(options);
  const inside = Object.fromEntries(entries.filter(([key]) => known.includes(key)));
  const ours = Object.fromEntries(entries.filter(([key]) => !known.includes(key)));
  return new BayesianWrapper({ ...ours, layer: make(inside) });
}
