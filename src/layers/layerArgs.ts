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
export function checkLayerArgs(who: string, { dtype, name, trainable, ...shapes }: LayerArgs): void {
  for (const option of ['inputShape', 'batchInputShape'] as const)
    if (shapes[option] != null && !isShape(shapes[option]))
      refuse(
        who,
        `${option} must be an array of whole numbers, null for any length`,
        shown(shapes[option]),
        'e.g. [4]',
      );
  // TensorFlow.js takes null for what is left out.
  if (dtype != null && dtype !== 'float32') refuse(who, 'dtype must be float32', shown(dtype));
  if (name != null && typeof name !== 'string') refuse(who, 'name must be a string', shown(name));
  if (trainable != null) checkBoolean(who, 'trainable', trainable);
}

/** The options with arrays of their own, which nobody changes later. */
export function ownArgs<T extends LayerArgs>(options: T): T {
  const parts = Object.entries(options).map(([key, value]: [string, unknown]) => [
    key,
    Array.isArray(value) ? Array.from<unknown>(value) : value,
  ]);
  return Object.fromEntries(parts) as T;
}

const isShape = (value: unknown): boolean =>
  Array.isArray(value) && value.every((n) => n === null || (Number.isSafeInteger(n) && (n as number) >= 0));
