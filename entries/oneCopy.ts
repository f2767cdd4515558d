/** Two copies of `@tensorflow/tfjs-core` in one program are told, where they are met. */
import type * as tf from '@tensorflow/tfjs';

const WHERE =
  'npm ls @tensorflow/tfjs-core shows the copies, npm dedupe or one version of all TensorFlow.js packages mends it';

/** What is asked of TensorFlow.js, for tests to hand over another. */
export interface Copies {
  layers: { Layer: unknown };
  serialization: { Serializable: unknown };
  Environment: unknown;
  env: () => object;
}

/**
 * Layers of another core than ours take no layer of ours, which is an error. An engine that another core has made does
 * work, and a program may have the two for two ends: a warning.
 */
export function checkOneCopy({ layers, serialization, Environment, env }: Copies | typeof tf): void {
  const Layer = layers.Layer as { prototype: unknown };
  const Serializable = serialization.Serializable as new () => object;
  if (!(Layer.prototype instanceof Serializable))
    throw new Error(
      `tfjs-bnn/modular: @tensorflow/tfjs-layers must use the @tensorflow/tfjs-core of tfjs-bnn, got another copy; ${WHERE}`,
    );
  if (!(env() instanceof (Environment as new () => object)))
    console.warn(
      'tfjs-bnn/modular: another copy of TensorFlow.js has been loaded before; models of that copy and layers of ' +
        `tfjs-bnn do not go together, and import 'tfjs-bnn' is for a program that has @tensorflow/tfjs. ${WHERE}`,
    );
}
