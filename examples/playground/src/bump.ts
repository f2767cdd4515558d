/** An activation that TensorFlow.js has not, as a layer of one's own: exp(-z^2), on near z = 0 and off elsewhere. */
import * as tf from '@tensorflow/tfjs';

export class Bump extends tf.layers.Layer {
  static className = 'Bump';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [z] = Array.isArray(inputs) ? inputs : [inputs];
    return tf.tidy(() => tf.exp(tf.neg(tf.square(z!))));
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
}
