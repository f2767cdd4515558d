/**
 * A convolution along three axes as a sum of such along two: each layer k of the filter meets frames of the volume,
 *
 *     z_p = Σ_k conv2d(x_(s p + d k − t), A_k)       s stride, d dilation, t zeros before, along the first axis
 *
 * and so do the gradients. TensorFlow's own convolution of volumes knows no dilation, wasm's gradients of it read memory that
 * nobody wrote; those of planes are right, and fast, everywhere.
 */
import * as tf from '@tensorflow/tfjs';
import type { LinearMap } from './map';
import { along, type Window } from './window';

export type Products = Pick<LinearMap, 'product' | 'gradientInX' | 'gradientInA'>;

/** X [B, D, ...plane], A [K, ...], z [B, P, ...plane']. */
export function inVolumes(window: Window, inPlanes: (window: Window) => Products): Products {
  const { strides, dilations, padding } = window;
  const planes = inPlanes({ padding, strides: strides.slice(1), dilations: dilations.slice(1) });
  const [s, d] = [strides[0]!, dilations[0]!];

  /** [B, D, ...plane] ⇄ the frames that layer k meets, [B·P, ...plane] */
  const framesOf = ({ shape: [B, D, ...plane] }: tf.Tensor, K: number) => {
    const { length: P, before } = along(window, 0, D!, K);
    const span = (P - 1) * s + 1;
    const whole = Math.max(span + (K - 1) * d, before + D!);
    const n = tf.util.sizeFromShape(plane);
    return {
      P,
      /** [B, whole, n], with zeros around. */
      bordered: (X: tf.Tensor): tf.Tensor => tf.pad(tf.reshape(X, [B, D!, n]), [[0, 0], [before, whole - before - D!], [0, 0]]), // prettier-ignore
      take: (X: tf.Tensor, k: number): tf.Tensor =>
        tf.reshape(tf.stridedSlice(X, [0, k * d, 0], [B, k * d + span, n], [1, s, 1]), [B * P, ...plane]),
      /** Frames back in their places, zeros elsewhere. */
      put: (frames: tf.Tensor, k: number): tf.Tensor => {
        const apart = tf.pad(tf.reshape(frames, [B * P, 1, n]), [[0, 0], [0, s - 1], [0, 0]]); // prettier-ignore
        const spaced = tf.slice(tf.reshape(apart, [B, P * s, n]), [0, 0, 0], [B, span, n]);
        const placed = tf.pad(spaced, [[0, 0], [k * d, whole - span - k * d], [0, 0]]); // prettier-ignore
        return tf.slice(placed, [0, before, 0], [B, D!, n]);
      },
    };
  };
  const layers = (A: tf.Tensor): tf.Tensor[] => tf.unstack(tf.reshape(A, [A.shape[0], -1])).map((a) => tf.reshape(a, A.shape.slice(1))); // prettier-ignore
  const asFrames = (z: tf.Tensor): tf.Tensor =>
    tf.reshape(z, [z.shape[0] * z.shape[1]!, ...z.shape.slice(2)]);

  return {
    product(X, [A]) {
      const { P, bordered, take } = framesOf(X, A!.shape[0]);
      const inside = bordered(X);
      const z = tf.addN(layers(A!).map((a, k) => planes.product(take(inside, k), [a])));
      return tf.reshape(z, [X.shape[0], P, ...z.shape.slice(1)]);
    },
    gradientInX(dz, X, [A]) {
      const { bordered, take, put } = framesOf(X, A!.shape[0]);
      const [inside, frames] = [bordered(X), asFrames(dz)];
      const ofLayer = (a: tf.Tensor, k: number): tf.Tensor =>
        put(planes.gradientInX(frames, take(inside, k), [a]), k);
      return tf.reshape(tf.addN(layers(A!).map(ofLayer)), X.shape);
    },
    gradientInA(dz, X, [A]) {
      const { bordered, take } = framesOf(X, A!.shape[0]);
      const [inside, frames] = [bordered(X), asFrames(dz)];
      const ofLayer = (a: tf.Tensor, k: number): tf.Tensor =>
        tf.reshape(planes.gradientInA(frames, take(inside, k), [a], 0), [-1]);
      return tf.reshape(tf.stack(layers(A!).map(ofLayer)), A!.shape);
    },
  };
}
