/** z + b, b one number for each channel, the last axis of z. */
import * as tf from '@tensorflow/tfjs';

// TensorFlow.js' webgpu backend adds a vector to more than four axes wrongly, and a tensor of as many axes rightly.
export const plusChannels = (z: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.add(z, z.rank > 4 ? tf.reshape(b, [...z.shape.slice(1).map(() => 1), b.size]) : b);
