/** Where the stddevs of a layer that knows only its weights start: at a tenth of their size. */
import * as tf from '@tensorflow/tfjs';
import { where } from '../numerics/where';

/**
 * For each tensor one stddev, of its shape: a tenth of the root mean square of its values, or 0.1 / √(inputs of a unit) where
 * all of them are 0, as those of a bias are. The caller tidies.
 *
 * @param given the same for all, in place of these
 */
export function initialStddevs(
  variables: readonly tf.LayerVariable[],
  given: number | undefined,
): tf.Tensor[] {
  // A bias is added to what so many inputs make.
  const kernel = variables.find(({ shape }) => shape.length > 1)?.shape ?? [1];
  const fanIn = kernel.slice(0, -1).reduce<number>((product, n) => product * n!, 1);
  return variables.map((variable) => {
    const shape = variable.shape as number[];
    if (given !== undefined) return tf.fill(shape, given);
    const rms = tf.sqrt(tf.mean(tf.square(variable.read())));
    const stddev = where(tf.greater(rms, 0), tf.mul(rms, 0.1), tf.scalar(0.1 / Math.sqrt(fanIn)));
    return tf.mul(tf.fill(shape, 1), stddev);
  });
}
