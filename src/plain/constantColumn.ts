/**
 * The column of ones behind a HiddenLayer's output, which a plain net goes without: the row of the next layer's weights
 * that meets it becomes a bias.
 *
 *     [h, c] · A  =  h · A[0 … H−1]  +  c · A[H]
 *
 * Right behind the HiddenLayer c is 1. A layer that looks at each channel by itself, such as an activation or a batch
 * normalisation, makes another constant of it.
 */
import * as tf from '@tensorflow/tfjs';

type Layer = tf.layers.Layer;

/** Layers in which an output channel is a function of the same channel of the input, when they predict. */
const CHANNELWISE = new Set([
  ...['Dropout', 'SpatialDropout1D', 'GaussianDropout', 'AlphaDropout', 'GaussianNoise'],
  ...['Activation', 'ReLU', 'LeakyReLU', 'ELU', 'PReLU', 'ThresholdedReLU'],
  ...['BatchNormalization', 'Add', 'Average', 'Multiply', 'Maximum', 'Minimum', 'RepeatVector'],
  ...['AveragePooling1D', 'MaxPooling1D', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D'],
  ...['AveragePooling2D', 'MaxPooling2D', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D'],
]);

/** Does a layer make a constant column of a constant column, without a look at the others? */
export function passesColumn(layer: Layer): boolean {
  const inner = insideTimeDistributed(layer);
  const { activation } = inner.getConfig();
  const looksAtAll = typeof activation === 'string' && /softmax/i.test(activation);
  return CHANNELWISE.has(inner.getClassName()) && !looksAtAll;
}

/** The layer that a `timeDistributed` applies to every step, or the layer itself. */
export function insideTimeDistributed(layer: Layer): Layer {
  return layer.getClassName() === 'TimeDistributed' ? (layer as unknown as { layer: Layer }).layer : layer;
}

/** The number that stands everywhere in the last column; undefined if there are several. */
export function constantOf(t: tf.Tensor): number | undefined {
  const width = t.shape.at(-1)!;
  const column = tf.tidy(() => {
    const column = tf.slice(tf.reshape(t, [-1, width]), [0, width - 1]);
    return tf.stack([tf.min(column), tf.max(column)]);
  });
  const [least, most] = column.dataSync();
  column.dispose();
  return least === most && Number.isFinite(least) ? least : undefined;
}

export function withoutLastColumn(t: tf.Tensor): tf.Tensor {
  const shape = [...t.shape.slice(0, -1), t.shape.at(-1)! - 1];
  return tf.slice(
    t,
    shape.map(() => 0),
    shape,
  );
}

export function withLastColumn(t: tf.Tensor, value: number): tf.Tensor {
  return tf.concat([t, tf.fill([...t.shape.slice(0, -1), 1], value)], -1);
}

/** The weights of a dense layer from a matrix whose last rows meet constants: times these they add up to its bias. */
export function kernelAndBias(A: tf.Tensor, constants: number[]): tf.Tensor[] {
  const D = A.shape[0] - constants.length;
  const kernel = tf.slice(A, 0, D);
  if (constants.length === 0) return [kernel];
  return [kernel, tf.sum(tf.mul(tf.slice(A, D), tf.tensor2d(constants, [constants.length, 1])), 0)];
}
