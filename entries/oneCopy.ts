/** Two copies of `@tensorflow/tfjs-core` in one program are told, where they are met. */
import type * as tf from '@tensorflow/tfjs';

const SHOWN = 'npm ls @tensorflow/tfjs-core shows the copies';

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
      `tfjs-bnn: @tensorflow/tfjs-layers must have our @tensorflow/tfjs-core, got another; ${SHOWN}`,
    );
  if (!(env instanceof Environment))
    console.warn(
      'tfjs-bnn/modular meets another copy of TensorFlow.js: its models do not take our layers. Beside @tensorflow/tfjs ' +
        `import 'tfjs-bnn'; ${SHOWN}.`,
    );
}
