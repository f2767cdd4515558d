/** `tf.where` of three tensors of one shape, whatever its rank: on GPUs it knows four axes at most. */
import * as tf from '@tensorflow/tfjs';

export function where(condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank <= 4) return tf.where(condition, a, b);
  const [ifCondition, flatA, flatB] = [condition, a, b].map((t) => tf.reshape(t, [-1]));
  return tf.reshape(tf.where(ifCondition!, flatA!, flatB!), a.shape);
}
