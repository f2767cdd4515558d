/**
 * `tfjs-bnn/modular`: the package on `@tensorflow/tfjs-core` and `@tensorflow/tfjs-layers` alone, for programs that choose
 * their backends. The build gives it what it needs of those two in the place of `@tensorflow/tfjs`.
 */
import * as tf from '@tensorflow/tfjs';
import { checkOneCopy } from './oneCopy';

// One by one: `tf` itself would be all of it, of which a bundler can leave out nothing.
checkOneCopy({
  Layer: tf.layers.Layer,
  Serializable: tf.serialization.Serializable,
  Environment: tf.Environment,
  env: tf.env(),
});

export * from '../src';
