/** What a layer that is linear, but for an offset, makes of independent numbers: by what it makes of each alone. */
import * as tf from '@tensorflow/tfjs';
import { momentsOf, type Matrix } from './closedForms';
import type { HiddenLayer } from '../../src';

interface Known {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** E = f(E[x]) and Var = Σ_i (f(e_i) − f(0))² Var[x_i]; the numbers of all inputs, one behind the other, are the x_i. */
export function throughLinear(layer: tf.layers.Layer, inputs: Known[]): Known {
  const applied = (xs: tf.Tensor[]): tf.Tensor => {
    const y = layer.apply(xs.length === 1 ? xs[0]! : xs) as tf.Tensor | tf.Tensor[];
    return [y].flat()[0]!;
  };
  const mean = applied(inputs.map((x) => x.mean));
  const sizes = inputs.map((x) => x.mean.size / x.mean.shape[0]);
  const D = sizes.reduce((a, b) => a + b);
  const units = tf.split(tf.eye(D), sizes, 1);
  const zeros = inputs.map((x) => tf.zeros([1, ...x.mean.shape.slice(1)]));
  const slopes = tf.sub(
    applied(units.map((unit, i) => unit.reshape([D, ...inputs[i]!.mean.shape.slice(1)]))),
    applied(zeros),
  );
  const variances = tf.concat(inputs.map((x, i) => x.variance.reshape([-1, sizes[i]!])), 1); // prettier-ignore
  const variance = tf.matMul(variances, tf.square(slopes).reshape([D, -1]));
  return { mean, variance: variance.reshape(mean.shape) };
}

/** The moments of a linear HiddenLayer without biases, at every position of its input. */
export function hiddenMoments(layer: HiddenLayer, x: tf.Tensor): Known {
  const { A_mean, A_scale } = layer.posterior();
  const X = x.reshape([-1, x.shape.at(-1)!]).arraySync() as Matrix;
  const { mean, variance } = momentsOf(X, A_mean.arraySync(), A_scale.arraySync());
  const asInput = (m: Matrix): tf.Tensor => tf.tensor2d(m).reshape([...x.shape.slice(0, -1), -1]);
  return { mean: asInput(mean), variance: asInput(variance) };
}
