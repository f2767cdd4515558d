/** How mean and variance of a Gaussian go through an activation: one of a layer's options, or a layer of its own. */
import type * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { leakyReluMoments, quadratureMoments, reluMoments } from '../gaussian/activations';
import { activationFunction, activationLayer, type ActivationLayer } from '../layers/activation';
import type { Moments } from '../gaussian/moments';
import { softmaxMoments } from '../gaussian/softmax';
import { applied, WHO, type Rules } from './momentRule';

/** Through the activation of that name. @throws if it does not work element by element, softmax apart. */
export function throughActivation(layer: tf.layers.Layer, name: unknown, z: Moments): Moments {
  if (name === 'linear') return z;
  if (name === 'relu') return reluMoments(z);
  if (name === 'softmax') return softmaxMoments(z);
  if (typeof name === 'object' && name !== null)
    return throughActivationLayer(layer, name as ActivationLayer, z);
  if (typeof name !== 'string' || !ELEMENTWISE.includes(name))
    return refuse(
      WHO,
      'every activation after the first Bayesian layer must have a rule for means and variances',
      `${typeof name === 'string' ? name : 'a function'} in ${layer.name}`,
      `there are rules for linear, relu, softmax, ${ELEMENTWISE.join(', ')}`,
    );
  return quadratureMoments(z, activationFunction(WHO, name as 'tanh'));
}

/** Through a layer of activation, given as `{className, config}`. */
function throughActivationLayer(layer: tf.layers.Layer, given: ActivationLayer, z: Moments): Moments {
  const activation = activationLayer(WHO, `${layer.name}_activation`, given);
  const rule = ACTIVATION_RULES[activation.getClassName()];
  if (rule === undefined)
    return refuse(
      WHO,
      'every activation after the first Bayesian layer must have a rule for means and variances',
      `${activation.getClassName()} in ${layer.name}`,
    );
  return rule(activation, [z]);
}

/** Smooth but for a bend; of those with a corner relu and leakyReLU have closed forms, the others no rule. */
const ELEMENTWISE = ['tanh', 'sigmoid', 'softplus', 'elu', 'gelu', 'swish', 'mish', 'softsign'];

export const ACTIVATION_RULES: Rules = {
  Activation: (layer, [x]) => throughActivation(layer, layer.getConfig().activation, x!),
  ReLU(layer, [x]) {
    const { maxValue } = layer.getConfig();
    if (maxValue != null) refuse(WHO, 'a relu with a rule has no maxValue', `one in ${layer.name}`);
    return reluMoments(x!);
  },
  LeakyReLU: (layer, [x]) => leakyReluMoments(x!, layer.getConfig().alpha as number),
  ELU: (layer, [x]) => quadratureMoments(x!, (z) => applied(layer, z)),
  Softmax(layer, [x]) {
    const { axis } = layer.getConfig();
    if (typeof axis === 'number' && axis !== -1 && axis !== x!.mean.rank - 1)
      refuse(WHO, 'a softmax with a rule goes over the last axis', `axis ${axis} in ${layer.name}`);
    return softmaxMoments(x!);
  },
};
