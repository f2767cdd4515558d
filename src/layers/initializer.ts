/**
 * Initial values of a weight matrix.
 *
 * TensorFlow.js has initializers by name, by object and by saved config, but no public way to look one up. Its dense
 * layer takes all three: one that lives for the length of a call makes the values, and writes the config.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { copied } from './copied';

type DenseArgs = Parameters<typeof tf.layers.dense>[0];

/** What `tf.layers.dense` takes as `kernelInitializer`: a name, an object of tf.initializers. */
export type Initializer = NonNullable<DenseArgs['kernelInitializer']>;

/** Values of that shape from an initializer; a fresh tensor. */
export function initialValues(
  who: string,
  option: string,
  initializer: Initializer,
  shape: number[],
): tf.Tensor {
  const { kernelInitializer } = throwaway(who, option, {
    units: 1,
    kernelInitializer: initializer,
  }) as unknown as { kernelInitializer: { apply: (shape: number[], dtype: 'float32') => tf.Tensor } };
  return kernelInitializer.apply(shape, 'float32');
}

/** The JSON form of an initializer, from which `initialValues` makes the same values again. */
export function initializerConfig(who: string, option: string, initializer: Initializer): Initializer {
  if (typeof initializer === 'string') return initializer;
  const { kernelInitializer } = throwaway(who, option, {
    units: 1,
    kernelInitializer: initializer,
  }).getConfig();
  return copied(kernelInitializer) as unknown as Initializer;
}

function throwaway(who: string, option: string, args: DenseArgs): tf.layers.Layer {
  try {
    // The dense layer takes null, 0 and '' for its own default.
    if (!args.kernelInitializer) throw new TypeError('none');
    // A name of its own: a layer without one uses up a number of the names that the caller's own layers get.
    // Of a config it gets a copy, since it writes into it.
    return tf.layers.dense({
      ...args,
      kernelInitializer: copied(args.kernelInitializer),
      useBias: false,
      name: 'throwaway',
    });
  } catch {
    return refuse(who, `${option} must be an initializer of TensorFlow.js`, shown(args.kernelInitializer));
  }
}
