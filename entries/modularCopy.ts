/** Every entry of the modular build begins with it, whichever a program imports. */
import * as tf from '@tensorflow/tfjs';
import { checkOneCopy } from './oneCopy';

// One by one: `tf` itself would be all of it, of which a bundler can leave out nothing.
checkOneCopy({
  Layer: tf.layers.Layer,
  Serializable: tf.serialization.Serializable,
  Environment: tf.Environment,
  env: tf.env(),
});
