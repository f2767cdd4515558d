/** The layer in a wrapper: which one it may be, and its way through a saved model and back. */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { bayesianLayers } from './bayesian';
import { copied } from './copied';
import { refuseRegularizers } from './replacedOptions';
import { isModel } from './walk';

/** What a saved model says of it. */
export interface SavedLayer {
  className: string;
  config: tf.serialization.ConfigDict;
}

/** Whatever it is: to look at a revoked proxy throws. */
function isLayer(given: unknown): given is tf.layers.Layer {
  try {
    const layer = given as Partial<tf.layers.Layer> | null | undefined;
    return typeof layer?.getClassName === 'function' && typeof layer.computeOutputShape === 'function';
  } catch {
    return false;
  }
}

/** @throws if it is no layer, has been built, has posteriors already, or says in another way where its weights should be. */
export function checkedInner(who: string, given: unknown): tf.layers.Layer {
  if (!isLayer(given))
    return refuse(who, 'layer must be a layer', shown(given), 'e.g. tf.layers.lstm({units: 8})');
  const inner = given;
  if (isModel(inner) || 'layers' in inner)
    refuse(who, 'layer must be one layer', `the model ${inner.name}`, 'wrap its layers one by one');
  if (bayesianLayers(inner).length > 0)
    refuse(who, 'layer must have no posterior of its own', `${inner.name}, which has one`, 'use it as it is');
  // Its weights would be known by other names than those of a layer that is loaded.
  if (inner.built)
    refuse(
      who,
      'layer must be a new one',
      `${inner.name}, which has weights already`,
      'wrap a new one, and give setPosterior the weights as means',
    );
  refuseRegularizers(who, inner.getConfig(), `of ${inner.name}`, 'everywhere');
  return inner;
}

export const savedInner = (layer: tf.layers.Layer): SavedLayer => ({
  className: layer.getClassName(),
  config: copied(layer.getConfig()),
});

/** A new layer from what a saved model says. @throws if its class is not registered. */
export function loadedInner(who: string, saved: unknown): tf.layers.Layer {
  const { className, config } = (saved ?? {}) as Partial<SavedLayer>;
  const classes = tf.serialization.SerializationMap.getMap().classNameMap;
  if (typeof className !== 'string' || !Object.hasOwn(classes, className))
    return refuse(
      who,
      'the class of the saved layer must be known',
      shown(className),
      'tf.serialization.registerClass(…) before loading',
    );
  const [layerClass, fromConfig] = classes[className]!;
  return fromConfig(layerClass, copied(config ?? {})) as tf.layers.Layer;
}
