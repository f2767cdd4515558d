/**
 * What a layer makes of webgl without 32-bit textures, as on older phones: there a number has 3 digits, nothing is above
 * 65504, and squares vanish below 6e-8 (below 6e-5 on devices without denormals).
 *
 * Predictions keep 2 to 3 digits, of weights whose stddev does not vanish when it is squared. Training is refused: the KL
 * of a net is a sum of thousands of nats that soon passes 65504, and the squares of gradients that Adam keeps are 0.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';

/** @throws if the current backend has 16-bit floats. */
export function refuseToTrainInHalfFloats(who: string): void {
  if (hasHalfFloats())
    refuse(
      who,
      'training needs 32-bit floats',
      'webgl with 16-bit textures, which is all that this device has',
      "await tf.setBackend('wasm'), or 'cpu'",
    );
}

/** Says once what predictions with 16-bit floats are worth. */
export function warnOfHalfFloats(): void {
  if (warned || !hasHalfFloats()) return;
  warned = true;
  console.warn(
    'tfjs-bnn: webgl computes with 16-bit floats on this device: predictions have 2 or 3 digits, and weights with a ' +
      "stddev below 0.008 may count as certain. For full precision, await tf.setBackend('wasm'), or 'cpu'.",
  );
}

let warned = false;

const hasHalfFloats = (): boolean =>
  tf.getBackend() === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
