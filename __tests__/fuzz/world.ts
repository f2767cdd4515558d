/** What a call must not touch: prototypes, globals, flags, the backend, its arguments. Pictures of it, to compare. */
import * as tf from '@tensorflow/tfjs';
import { isTensor } from '../../src/check';

const PROTOTYPES: Record<string, object> = {
  ...Object.fromEntries(
    [
      ...[Object, Function, Array, String, Number, Boolean, Symbol, Promise, Error, Map, Set, WeakMap, Date],
      ...[Float32Array, Int32Array, ArrayBuffer, tf.Tensor, tf.Variable, tf.LayersModel, tf.Sequential],
      ...[tf.layers.Layer, tf.Optimizer, tf.Callback],
    ].map((cls) => [`${cls.name}.prototype`, cls.prototype as object]),
  ),
  globalThis,
  Math,
  JSON,
  Reflect,
};

/** Owner → key → value. */
type Picture = Map<string, Map<string | symbol, unknown>>;

/** Every property by its owner, without calling a getter; the flags that are known so far, and the backend. */
export function pictureOfWorld(): Picture {
  const picture: Picture = new Map();
  for (const [owner, object] of Object.entries(PROTOTYPES)) {
    const values = new Map<string | symbol, unknown>();
    for (const key of Reflect.ownKeys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, key)!;
      values.set(key, property.get ?? (property.value as unknown));
    }
    picture.set(owner, values);
  }
  picture.set(FLAGS, new Map(Object.entries(tf.env().getFlags())));
  picture.set('tf', new Map([['backend', tf.getBackend()]]));
  return picture;
}

const FLAGS = 'the flags';

/** The names of what differs. A flag that is asked for the first time is no change. */
export function differences(before: Picture, after: Picture): string[] {
  return [...before].flatMap(([owner, old]) => {
    const now = after.get(owner)!;
    const gone = [...old.keys()].filter((key) => !now.has(key));
    const changed = [...now.keys()].filter(
      (key) => !(old.has(key) ? Object.is(old.get(key), now.get(key)) : owner === FLAGS),
    );
    return [...gone, ...changed].map((key) => `${owner}.${String(key)}`);
  });
}

/** Deep enough for any argument that is meant to be read. */
const DEPTH = 12;

/** An argument as text: values of tensors and of a model's weights included, no getter called. */
export function pictureOf(value: unknown, depth = 0, seen: unknown[] = []): string {
  try {
    return described(value, depth, seen);
  } catch {
    return 'hostile';
  }
}

function described(value: unknown, depth: number, seen: unknown[]): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? 'f' : String(value);
  if (depth > DEPTH || seen.includes(value)) return '…';
  if (value instanceof tf.LayersModel) return `model ${pictureOf(weightsOf(value), depth + 1, seen)}`;
  if (isTensor(value) && value instanceof tf.Tensor) return tensorPicture(value);
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name} ${Array.from(value as unknown as ArrayLike<number>).join()}`;
  const isPlain = [Object.prototype, Array.prototype, null].includes(
    Object.getPrototypeOf(value) as object | null,
  );
  if (!isPlain) return 'opaque';
  const within = [...seen, value];
  const inside = Reflect.ownKeys(value).map((key) => {
    const its = Object.getOwnPropertyDescriptor(value, key)!.value as unknown;
    return `${String(key)}: ${pictureOf(its, depth + 1, within)}`;
  });
  return `{${inside.join(', ')}}`;
}

export function weightsOf(model: tf.LayersModel): tf.Tensor[] {
  return model.weights.map((weight) => weight.read());
}

function tensorPicture(tensor: tf.Tensor): string {
  if (tensor.isDisposed) return 'disposed';
  const values = tensor.dtype === 'complex64' ? [] : (tensor.dataSync() as ArrayLike<unknown>);
  return `${tensor.dtype} [${tensor.shape.join()}] ${Array.from(values).join()}`;
}
