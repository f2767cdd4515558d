/** A layer's non-linearity: a name that TensorFlow.js knows, or a function. */
import * as tf from '@tensorflow/tfjs';
import { isLive, refuse, sameShape, shown, shownShape } from '../check';
import { copied } from './copied';
import { appendOnes } from '../numerics/columnOfOnes';
import { relu, reluWithOnes } from '../numerics/relu';

/** A name that `tf.layers.activation` knows. */
export type ActivationName = NonNullable<Parameters<typeof tf.layers.activation>[0]>['activation'];
/** A layer of activation, as TensorFlow.js saves one: `{className: 'LeakyReLU', config: {alpha: 0.01}}`. */
export interface ActivationLayer {
  className: string;
  config?: Record<string, unknown>;
}
export type NonLinearity = ActivationName | ActivationLayer | TensorFunction;
export type TensorFunction = (z: tf.Tensor) => tf.Tensor;

/** Those that have no weights. A saved file may change the spelling of a name. */
const LAYERS: Readonly<Record<string, [className: string, make: (config: object) => tf.layers.Layer]>> = {
  relu: ['ReLU', (config) => tf.layers.reLU(config)],
  leakyrelu: ['LeakyReLU', (config) => tf.layers.leakyReLU(config)],
  elu: ['ELU', (config) => tf.layers.elu(config)],
  thresholdedrelu: ['ThresholdedReLU', (config) => tf.layers.thresholdedReLU(config)],
  softmax: ['Softmax', (config) => tf.layers.softmax(config)],
};

/** The layer that `{className, config}` says. @throws if there is none, or the config is none. */
export function activationLayer(
  who: string,
  option: string,
  { className, config }: ActivationLayer,
): tf.layers.Layer {
  const entry = LAYERS[bare(className)];
  try {
    // A name of its own: a layer without one uses up a number of the names that the caller's own layers get.
    if (entry !== undefined) return entry[1]({ ...config, name: option });
  } catch (error) {
    return refuse(who, `${option} must be an activation layer with its config`, String(error));
  }
  return refuse(
    who,
    `${option} as a layer must be one of ${Object.values(LAYERS)
      .map(([name]) => name)
      .join(', ')}`,
    shown(className),
  );
}

/** A file may hold anything, and spells names its own way. */
const bare = (className: unknown): string => String(className).replace(/_/g, '').toLowerCase();

/** What a config says of an activation. @throws if it is a function, which JSON has not. */
export function activationConfig(
  who: string,
  option: string,
  activation: NonLinearity,
): Exclude<NonLinearity, TensorFunction> {
  if (typeof activation === 'function')
    return refuse(
      who,
      `to be saved, a layer needs the name of its ${option}`,
      shown(activation),
      `use a name, or ${option}: 'linear' and a layer for the function after it`,
    );
  return activation;
}

/** As JSON of our own, which survives a file. */
export function plainActivation(given: NonLinearity): NonLinearity {
  if (typeof given !== 'object' || given === null) return given;
  const entry = LAYERS[bare(given.className)];
  return copied({ className: entry?.[0] ?? given.className, config: given.config ?? {} });
}

/**
 * The function behind a name, layer or function; checks that what a caller's own function returns fits.
 *
 * @throws if the name is unknown.
 */
export function activationFunction(
  who: string,
  non_linearity: NonLinearity,
  option = 'non_linearity',
): TensorFunction {
  if (typeof non_linearity === 'function') return keepsShape(who, option, non_linearity);
  if (non_linearity === 'relu') return relu;
  if (typeof non_linearity === 'object' && non_linearity !== null && 'className' in non_linearity) {
    const layer = activationLayer(who, option, non_linearity);
    return (z) => layer.call(z, {}) as tf.Tensor;
  }
  try {
    // Classes of other kinds share the table, and begin with a capital: 'ReLU' is a layer there, which no file survives.
    if (typeof non_linearity !== 'string' || !/^[a-z]/.test(non_linearity)) throw new TypeError('no name');
    // The table of names is private to TensorFlow.js; its activation layer looks them up. It has a name because a
    // layer without one uses up a number of the names that the caller's own layers get.
    const layer = tf.layers.activation({ activation: non_linearity, name: option });
    return (z) => layer.call(z, {}) as tf.Tensor;
  } catch {
    return refuse(
      who,
      `${option} must be the name of a tf.layers activation, or a function`,
      shown(non_linearity),
      "e.g. 'relu', 'tanh', 'softplus', 'sigmoid', 'elu', 'softmax', 'linear', or {className: 'LeakyReLU', config: {alpha: 0.01}}",
    );
  }
}

/** What makes the output of a layer of its pre-activations: the non-linearity, then the column of ones if there is one. */
export function outputFunction(
  who: string,
  non_linearity: NonLinearity,
  include_hidden_bias: boolean,
): TensorFunction {
  const activate = activationFunction(who, non_linearity);
  if (!include_hidden_bias) return activate;
  return activate === relu ? reluWithOnes : (z) => appendOnes(activate(z));
}

function keepsShape(who: string, option: string, f: TensorFunction): TensorFunction {
  return (z) => {
    const h: unknown = f(z);
    if (!isLive(h) || !sameShape(h.shape, z.shape))
      refuse(who, `${option} must keep the shape ${shownShape(z.shape)}`, shown(h));
    return h;
  };
}
