/** Two copies of `@tensorflow/tfjs-core` in one program are told, where they are met. */
import type * as tf from '@tensorflow/tfjs';

const WHERE =
  'npm ls @tensorflow/tfjs-core shows the copies; npm dedupe, or one version of all TensorFlow.js packages, mends it';

/** What of TensorFlow.js this package has imported. */
export interface Imported {
  Layer: typeof tf.layers.Layer;
  Serializable: typeof tf.serialization.Serializable;
  Environment: typeof tf.Environment;
  env: tf.Environment;
}

/**
 * Layers of another core than ours take no layer of ours: an error. An engine that another core has made does work, and a
 * program may have two copies for two ends: a warning.
 */
export function checkOneCopy({ Layer, Serializable, Environment, env }: Imported): void {
  if (!(Layer.prototype instanceof Serializable))
    throw new Error(
      `tfjs-bnn/modular: @tensorflow/tfjs-layers must use the @tensorflow/tfjs-core of tfjs-bnn, got another copy; ${WHERE}`,
    );
  if (!(env instanceof Environment))
    console.warn(
      'tfjs-bnn/modular: another copy of TensorFlow.js is there already, whose models and the layers of tfjs-bnn do not ' +
        `go together; a program that has @tensorflow/tfjs imports 'tfjs-bnn'. ${WHERE}`,
    );
}
