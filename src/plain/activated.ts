/** A plain layer with a Bayesian layer's activation: by its name, or as a layer of its own behind it. */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { activationLayer, type ActivationName, type NonLinearity } from '../layers/activation';
import type { Seat } from './seat';

type Layer = tf.layers.Layer;

/** What every plain layer with weights is told. */
export interface PlainArgs {
  name: string;
  trainable: boolean;
  activation: ActivationName;
  inputShape?: Array<number | null>;
}

/** @throws if the activation is a function, of which no file tells. */
export function activated(
  { who, args, inputShape }: Seat,
  activation: NonLinearity,
  make: (args: PlainArgs) => Layer,
): Layer {
  if (typeof activation === 'function')
    return refuse(
      who,
      'a plain layer needs the name of its non_linearity, or activation',
      `a function in ${args.name}`,
    );
  if (typeof activation === 'string') return make({ ...args, activation });
  const { name, trainable } = args;
  const inner = make({ name: `${name}_linear`, trainable, activation: 'linear', inputShape });
  return tf.sequential({ name, layers: [inner, activationLayer(who, `${name}_activation`, activation)] });
}
