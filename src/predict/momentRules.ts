/**
 * How mean and variance go through a layer, when its inputs are taken for independent.
 *
 * A layer of weights with z_h = Σ_d x_d a_dh, x and a independent:
 *
 *     E[z]   = E[x] · E[a]
 *     Var[z] = Var[x] · E[a]²  +  (Var[x] + E[x]²) · Var[a]              (squares of the elements)
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, refuse } from '../check';
import { appendOnes } from '../columnOfOnes';
import { leakyReluMoments, quadratureMoments, reluMoments } from '../gaussianActivations';
import { activationFunction } from '../layers/activation';
import type { HiddenLayer } from '../layers/hidden';
import { unwrapped } from '../layers/walk';
import { moments, product, type Moments } from '../moments';
import { softmaxMoments } from '../softmaxMoments';

type Layer = tf.layers.Layer;

/** A value of the model; without a variance it is known exactly. */
export interface Known {
  mean: tf.Tensor;
  variance: tf.Tensor | undefined;
}

type Rule = (layer: Layer, into: Moments[]) => Moments;

const WHO = 'predictiveMoments';

/** @throws if the layer has no rule. */
export function throughLayer(layer: Layer, into: Known[]): Known[] {
  const inner = unwrapped(layer);
  if (inner.getClassName() === 'HiddenLayer') return [throughHidden(inner as HiddenLayer, into[0]!)];
  if (into.every(({ variance }) => variance === undefined)) {
    const outputs = applied(
      layer,
      into.map(({ mean }) => mean),
    );
    return outputs.map((mean) => ({ mean, variance: undefined }));
  }
  const rule = RULES[layer.getClassName()];
  if (rule === undefined)
    return refuse(
      WHO,
      'every layer behind the first Bayesian one must have a rule for means and variances',
      `${layer.name}, a ${layer.getClassName()}`,
      `there are rules for ${Object.keys(RULES).join(', ')}; predictive(model, x) goes without them`,
    );
  const filled = into.map(({ mean, variance }) => ({ mean, variance: variance ?? tf.zerosLike(mean) }));
  return [rule(layer, filled)];
}

/** Through the activation of that name. @throws if it does not work element by element, softmax apart. */
function throughActivation(layer: Layer, name: unknown, z: Moments): Moments {
  if (name === 'linear') return z;
  if (name === 'relu') return reluMoments(z);
  if (name === 'softmax') return softmaxMoments(z);
  if (typeof name !== 'string' || !ELEMENTWISE.includes(name))
    return refuse(
      WHO,
      'every activation behind the first Bayesian layer must have a rule for means and variances',
      `${typeof name === 'string' ? name : 'a function'} in ${layer.name}`,
      `there are rules for linear, relu, softmax, ${ELEMENTWISE.join(', ')}`,
    );
  return quadratureMoments(z, activationFunction(WHO, name as 'tanh'));
}

/** Smooth but for a bend; of those with a corner relu and leakyReLU have closed forms, the others no rule. */
const ELEMENTWISE = ['tanh', 'sigmoid', 'softplus', 'elu', 'gelu', 'swish', 'mish', 'softsign'];

function throughHidden(layer: HiddenLayer, { mean: x, variance: v }: Known): Moments {
  const { non_linearity, include_input_bias, include_hidden_bias } = layer.settings;
  checkFloat32(layer.name, 'the input', x);
  const { A_mean, A_scale } = layer.posterior();
  const X = include_input_bias ? appendOnes(x) : x;
  const z = moments(X, A_mean, A_scale);
  if (v !== undefined) {
    const V = include_input_bias ? appendZeros(v) : v;
    const both = tf.add(tf.square(A_mean), tf.square(A_scale));
    z.variance = tf.add(z.variance, product(V, both));
  }
  const h = throughActivation(layer, non_linearity, z);
  return include_hidden_bias ? { mean: appendOnes(h.mean), variance: appendZeros(h.variance) } : h;
}

const appendZeros = (t: tf.Tensor): tf.Tensor => tf.concat([t, tf.zeros([...t.shape.slice(0, -1), 1])], -1);

/** Moves or copies numbers: does so to the variances as to the means. */
const rearranges: Rule = (layer, into) => ({
  mean: applied(
    layer,
    into.map(({ mean }) => mean),
  )[0]!,
  variance: applied(
    layer,
    into.map(({ variance }) => variance),
  )[0]!,
});

/** Leaves everything as it is when it predicts. */
const nothing: Rule = (_, [x]) => x!;

const RULES: Readonly<Record<string, Rule>> = {
  Dense(layer, [x]) {
    const { activation } = layer.getConfig();
    const [W, b] = layer.getWeights();
    const mean = product(x!.mean, W!);
    const z = {
      mean: b === undefined ? mean : tf.add(mean, b),
      variance: product(x!.variance, tf.square(W!)),
    };
    return throughActivation(layer, activation, z);
  },
  Activation: (layer, [x]) => throughActivation(layer, layer.getConfig().activation, x!),
  ReLU(layer, [x]) {
    const { maxValue } = layer.getConfig();
    if (maxValue != null) refuse(WHO, 'a relu with a rule has no maxValue', `one in ${layer.name}`);
    return reluMoments(x!);
  },
  LeakyReLU: (layer, [x]) => leakyReluMoments(x!, layer.getConfig().alpha as number),
  ELU: (layer, [x]) => quadratureMoments(x!, (z) => applied(layer, [z])[0]!),
  Softmax(layer, [x]) {
    const { axis } = layer.getConfig();
    if (typeof axis === 'number' && axis !== -1 && axis !== x!.mean.rank - 1)
      refuse(WHO, 'a softmax with a rule goes over the last axis', `axis ${axis} in ${layer.name}`);
    return softmaxMoments(x!);
  },
  Add: (layer, into) => rearranges(layer, into),
  Average(layer, into) {
    const { mean, variance } = rearranges(layer, into);
    return { mean, variance: tf.div(variance, into.length) };
  },
  Concatenate: rearranges,
  BatchNormalization(layer, [x]) {
    const at = (value: number): tf.Tensor => applied(layer, [tf.fill(x!.mean.shape, value)])[0]!;
    const slope = tf.sub(at(1), at(0));
    return { mean: applied(layer, [x!.mean])[0]!, variance: tf.mul(tf.square(slope), x!.variance) };
  },
  Dropout: nothing,
  GaussianDropout: nothing,
  AlphaDropout: nothing,
  GaussianNoise: nothing,
  Flatten: rearranges,
  Reshape: rearranges,
  Permute: rearranges,
  RepeatVector: rearranges,
  ZeroPadding2D: rearranges,
};

function applied(layer: Layer, xs: tf.Tensor[]): tf.Tensor[] {
  const output = layer.apply(xs.length === 1 ? xs[0]! : xs, { training: false }) as tf.Tensor | tf.Tensor[];
  return Array.isArray(output) ? output : [output];
}
