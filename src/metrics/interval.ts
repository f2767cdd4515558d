/**
 * Do predictive intervals hold what they promise, and how wide are they for it? "Maximise the sharpness of the predictive
 * distributions subject to calibration" (Gneiting, Balabdaoui & Raftery 2007, J. R. Stat. Soc. B 69, pp. 243–268).
 */
import * as tf from '@tensorflow/tfjs';
import { checkEvery, checkFloat32, isLive, refuse, sameShape, shown, shownShape } from '../check';
import { asFloatIfReal } from '../likelihoods/targets';
import { sumTo } from '../numerics/sumTo';

/** The ends of intervals, [N, ...outputs] each: what `interval` of a `Predictive` gives. */
export interface Bounds {
  lower: tf.Tensor;
  upper: tf.Tensor;
}

/**
 * Share of the targets that lie in their interval, ends included: a scalar, about 0.9 for good intervals of 90 %. Its
 * standard error over N independent targets is √(0.9 · 0.1 / N).
 *
 * @param y targets of the bounds' shape.
 * @throws if a bound is no float32 tensor or y none of numbers, one holds NaN (values are not read on a GPU), or the shapes
 * differ.
 *
 * @example
 * const bounds = { lower: tf.zeros([4]), upper: tf.ones([4]) };
 * intervalCoverage(bounds, tf.tensor1d([0.5, 1, 2, -1])).print(); // 0.5
 * intervalCoverage((await predictive(model, heldOut.x)).interval(0.9), heldOut.y).print();
 */
export function intervalCoverage(bounds: Bounds, y: tf.Tensor): tf.Scalar {
  const who = 'intervalCoverage';
  const { lower, upper } = checkBounds(who, bounds);
  return tf.tidy(() => {
    checkAlike(who, { lower, upper, y: isLive(y) ? asFloatIfReal(y) : y });
    const inside = tf.logicalAnd(tf.greaterEqual(y, lower), tf.lessEqual(y, upper));
    return tf.reshape(tf.mean(tf.cast(inside, 'float32')), []);
  });
}

/**
 * Mean width of the intervals, a scalar in the unit of the targets: the less, the sharper. It says nothing of
 * calibration; look at `intervalCoverage` too.
 *
 * @throws if one is no float32 tensor or holds NaN (values are not read on a GPU), or the shapes differ.
 *
 * @example
 * sharpness({ lower: tf.tensor1d([0, 1]), upper: tf.tensor1d([2, 2]) }).print(); // 1.5
 */
export function sharpness(bounds: Bounds): tf.Scalar {
  const { lower, upper } = checkBounds('sharpness', bounds);
  checkAlike('sharpness', { lower, upper });
  return tf.tidy(() => tf.reshape(tf.div(sumTo(tf.sub(upper, lower), []), lower.size), []));
}

function checkBounds(who: string, bounds: unknown): Bounds {
  if (typeof bounds !== 'object' || bounds === null)
    refuse(who, 'bounds must be {lower, upper}', shown(bounds), 'interval(level) of a Predictive gives them');
  return bounds as Bounds;
}

function checkAlike(who: string, tensors: Record<string, tf.Tensor>): void {
  const first = Object.values(tensors)[0]!;
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!isLive(tensor)) refuse(who, `${name} must be a tensor`, shown(tensor));
    checkFloat32(who, name, tensor);
    if (!sameShape(tensor.shape, first.shape))
      refuse(
        who,
        `${name} must have the shape of lower ${shownShape(first.shape)}`,
        shownShape(tensor.shape),
      );
    if (tensor.size === 0) refuse(who, `${name} must hold numbers`, shownShape(tensor.shape));
    checkEvery(who, name, tensor, 'must not be NaN', (v) => !Number.isNaN(v));
  }
}
