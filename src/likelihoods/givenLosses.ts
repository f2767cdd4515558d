/** Losses as `compile` was given them, by output: by name, a function, or undefined where a model has none. */
import type * as tf from '@tensorflow/tfjs';

export function givenLosses(model: tf.LayersModel): unknown[] {
  const { loss } = model as { loss?: unknown };
  return model.outputs.map((_, i) =>
    Array.isArray(loss)
      ? (loss as unknown[])[i]
      : typeof loss === 'object' && loss !== null
        ? (loss as Record<string, unknown>)[model.outputNames[i]!]
        : loss,
  );
}
