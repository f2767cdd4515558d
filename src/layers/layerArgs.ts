/** The options that every layer of TensorFlow.js takes, which it does not check itself: a saved model may hold anything. */
import type * as tf from '@tensorflow/tfjs';
import { checkBoolean, refuse, shown } from '../check';

export type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

export const LAYER_ARGS = [
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'name',
  'trainable',
  'weights',
];

/** @throws if one is of the wrong kind. */
export function checkLayerArgs(who: string, { dtype, name, trainable }: LayerArgs): void {
  // TensorFlow.js takes null for what is left out.
  if (dtype != null && dtype !== 'float32') refuse(who, 'dtype must be float32', shown(dtype));
  if (name != null && typeof name !== 'string') refuse(who, 'name must be a string', shown(name));
  if (trainable != null) checkBoolean(who, 'trainable', trainable);
}
