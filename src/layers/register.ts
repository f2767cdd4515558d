/** Makes a layer class known to `tf.loadLayersModel`, under its bare class name: that is all that a saved model holds. */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';

type LayerClass = Parameters<typeof tf.serialization.registerClass>[0];

const OURS = Symbol.for('tfjs-bnn.Layer');

/**
 * @throws if the name is taken by somebody else's class, which would be loaded in our stead. A second copy of this
 * package (ESM beside CommonJS) is none: the first stays.
 */
export function register(layerClass: LayerClass): void {
  const { className } = layerClass;
  const taken = tf.serialization.SerializationMap.getMap().classNameMap[className]?.[0];
  if (taken === undefined) {
    Object.defineProperty(layerClass, OURS, { value: true });
    tf.serialization.registerClass(layerClass);
  } else if (!(OURS in taken))
    refuse(
      'tfjs-bnn',
      `the class name ${className} must be free in tf.serialization`,
      'another class of that name',
      'register that one under another name',
    );
}
