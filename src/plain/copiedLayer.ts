/** A layer with weights of its own, as its configuration and its variables describe it. */
import * as tf from '@tensorflow/tfjs';
import { sameShape } from '../check';

type Layer = tf.layers.Layer;
type LayerClass = tf.serialization.SerializableConstructor<Layer> & {
  fromConfig: (cls: LayerClass, config: tf.serialization.ConfigDict) => Layer;
};

/**
 * Not yet built.
 *
 * @param narrower without the constant column of its input: the input shape of its configuration is out of date then.
 */
export function copyByConfig(layer: Layer, name: string, narrower: boolean): Layer {
  const config = { ...layer.getConfig(), name };
  if (narrower) delete (config as tf.serialization.ConfigDict).batchInputShape;
  const layerClass = layer.constructor as unknown as LayerClass;
  return layerClass.fromConfig(layerClass, config);
}

/**
 * Values, and which of them are trained. Variables belong together by the order in which they were made: `weights` lists
 * the trained ones first, so that one frozen variable would bring all others out of step.
 *
 * @throws if the copy has other variables.
 */
export function copyWeights(from: Layer, to: Layer): void {
  const [sources, targets] = [inOrder(from), inOrder(to)];
  if (sources.length !== targets.length)
    throw new Error(`it has ${targets.length} variables instead of ${sources.length}`);
  tf.tidy(() =>
    sources.forEach((source, i) => {
      const target = targets[i]!;
      const value = source.read();
      // A narrower copy has one channel less.
      const fitting = sameShape(value.shape, target.shape)
        ? value
        : tf.slice(
            value,
            value.shape.map(() => 0),
            target.shape as number[],
          );
      // Not `write`, which applies the constraint of a variable: `fit` has not.
      (target.read() as tf.Variable).assign(fitting);
      target.trainable = source.trainable;
    }),
  );
}

const inOrder = (layer: Layer): tf.LayerVariable[] => [...layer.weights].sort((a, b) => a.id - b.id);
