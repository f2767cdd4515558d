/** What flows through a folded model, and how a layer that knows nothing of folding is called with it. */
import * as tf from '@tensorflow/tfjs';

type Layer = tf.layers.Layer;

/** What flows through the model; `folded`: it has its own rows for every draw. */
export interface Value {
  tensor: tf.Tensor;
  mask: tf.Tensor | undefined;
  folded: boolean;
}

/** With each row repeated for every draw. */
export function asFolded({ tensor, mask, folded }: Value, S: number): Value {
  if (folded) return { tensor, mask, folded };
  const repeat = (t: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.tile(tf.reshape(t, [t.shape[0], 1, -1]), [1, S, 1]), [t.shape[0] * S, ...t.shape.slice(1)]);
  return {
    tensor: repeat(tensor),
    mask: mask && tf.cast(repeat(tf.cast(mask, 'int32')), 'bool'),
    folded: true,
  };
}

/** What a layer makes of its inputs, as `LayersModel.predict` calls it. */
export function applied(layer: Layer, into: Value[]): Value[] {
  const tensors = into.map(({ tensor }) => tensor);
  const { mask } = into.find((value) => value.mask !== undefined) ?? {};
  const kwargs = { training: false, ...(mask && { mask: into[0]!.mask }) };
  const output = layer.apply(tensors.length === 1 ? tensors[0]! : tensors, kwargs) as tf.Tensor | tf.Tensor[];
  const behind = maskBehind(layer, into);
  return [output]
    .flat()
    .map((tensor) => ({ tensor, mask: behind, folded: into.some(({ folded }) => folded) }));
}

export function maskBehind(layer: Layer, into: Value[]): tf.Tensor | undefined {
  if (!layer.supportsMasking) return undefined;
  // null is how TensorFlow.js says that there is none.
  const masks = into.map(({ mask }) => mask ?? null) as tf.Tensor[];
  const tensors = into.map(({ tensor }) => tensor);
  const mask =
    tensors.length === 1 ? layer.computeMask(tensors[0]!, masks[0]) : layer.computeMask(tensors, masks);
  return [mask].flat()[0] ?? undefined;
}
