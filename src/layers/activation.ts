/** A layer's non-linearity: a name that TensorFlow.js knows, or a function. */
import * as tf from '@tensorflow/tfjs';
import { isLive, refuse, sameShape, shown, shownShape } from '../check';
import { appendOnes } from '../numerics/columnOfOnes';
import { relu, reluWithOnes } from '../numerics/relu';

export type NonLinearity =
  NonNullable<Parameters<typeof tf.layers.activation>[0]>['activation'] | TensorFunction;
export type TensorFunction = (z: tf.Tensor) => tf.Tensor;

/**
 * The function behind a name or function; checks that what a caller's own function returns fits.
 *
 * @throws if the name is unknown.
 */
export function activationFunction(who: string, non_linearity: NonLinearity): TensorFunction {
  if (typeof non_linearity === 'function') return keepsShape(who, non_linearity);
  if (non_linearity === 'relu') return relu;
  try {
    // Classes of other kinds share the table, and begin with a capital: 'ReLU' is a layer there, which no file survives.
    if (typeof non_linearity !== 'string' || !/^[a-z]/.test(non_linearity)) throw new TypeError('no name');
    // The table of names is private to TensorFlow.js; its activation layer looks them up. It has a name because a
    // layer without one uses up a number of the names that the caller's own layers get.
    const layer = tf.layers.activation({ activation: non_linearity, name: 'non_linearity' });
    return (z) => layer.call(z, {}) as tf.Tensor;
  } catch {
    return refuse(
      who,
      'non_linearity must be the name of a tf.layers activation, or a function',
      shown(non_linearity),
      "e.g. 'relu', 'tanh', 'softplus', 'sigmoid', 'elu', 'softmax', 'linear'",
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

function keepsShape(who: string, f: TensorFunction): TensorFunction {
  return (z) => {
    const h: unknown = f(z);
    if (!isLive(h) || !sameShape(h.shape, z.shape))
      refuse(who, `non_linearity must keep the shape ${shownShape(z.shape)}`, shown(h));
    return h;
  };
}
