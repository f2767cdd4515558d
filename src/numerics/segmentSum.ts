/** The sum of the rows of each segment: what the gradient of an embedding is, and of `tf.gather`. */
import * as tf from '@tensorflow/tfjs';

/**
 * out[s] = Σ x[i] over all i with ids[i] = s, for s = 0 … segments − 1; rows of any other id count for nothing.
 *
 * Neither the backend's loops nor a product: one pass over the numbers in JavaScript, which is all there is to do.
 *
 * @param x [...ids.shape, ...]
 * @returns [segments, ...]
 */
export function segmentSum(x: tf.Tensor, ids: tf.Tensor, segments: number): tf.Tensor {
  const rowShape = x.shape.slice(ids.rank);
  const size = tf.util.sizeFromShape(rowShape);
  const [numbers, segmentOf] = [x.dataSync(), ids.dataSync()];
  const sums = tf.util.makeZerosTypedArray(segments * size, x.dtype as 'float32' | 'int32');
  segmentOf.forEach((segment, row) => {
    if (segment < 0 || segment >= segments) return;
    const [from, to] = [row * size, segment * size];
    for (let i = 0; i < size; i++) sums[to + i]! += numbers[from + i]!;
  });
  return tf.tensor(sums, [segments, ...rowShape], x.dtype);
}
