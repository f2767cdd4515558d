/** The predictive distribution over the plane of two features. */
import * as tf from '@tensorflow/tfjs';
import { entropy, predictive } from 'tfjs-bnn';
import { bayesianLayers } from './nets';
import { PLANE, type Problem } from './problem';
import type { ClassificationPicture } from './protocol';
import { valuesOf } from './valuesOf';

const SIDE = 41;
const SAMPLES = 40;
const DRAWN = 8;

const along = ([low, high]: readonly [number, number], i: number): number =>
  low + ((high - low) * i) / (SIDE - 1);

/** The first row is on top. */
const PLACES = Array.from({ length: SIDE * SIDE }, (_, i) => [
  along(PLANE.classification.x, i % SIDE),
  along(PLANE.classification.y, SIDE - 1 - Math.floor(i / SIDE)),
]);

export async function pictureOfClassification(
  net: tf.Sequential,
  { seed }: Problem,
): Promise<ClassificationPicture> {
  const x = tf.tensor2d(PLACES);
  try {
    return await (bayesianLayers(net).length > 0 ? ofBayesian(net, x, seed) : ofPlain(net, x));
  } finally {
    x.dispose();
  }
}

async function ofBayesian(net: tf.Sequential, x: tf.Tensor2D, seed: number): Promise<ClassificationPicture> {
  // The same draws of noise for every view, so that nothing trembles by itself; one draw is one function.
  const found = await predictive(net, x, {
    samples: SAMPLES,
    seed,
    coherent: true,
    batchSize: PLACES.length,
    draws: true,
  });
  const tensors = tf.tidy(() => ({
    probability: ofClassB(found.mean()),
    draws: ofClassB(tf.slice(found.draws(), 0, DRAWN)),
    ...found.entropy(),
  }));
  found.dispose();
  const { draws, ...numbers } = await valuesOf(tensors);
  const size = PLACES.length;
  return {
    mode: 'classification',
    side: SIDE,
    ...numbers,
    draws: Array.from({ length: DRAWN }, (_, s) => draws.slice(s * size, (s + 1) * size)),
  };
}

/** One answer, which it is sure of: all its entropy is aleatoric. */
async function ofPlain(net: tf.Sequential, x: tf.Tensor2D): Promise<ClassificationPicture> {
  const tensors = tf.tidy(() => {
    const probabilities = net.predict(x, { batchSize: PLACES.length }) as tf.Tensor;
    return { probability: ofClassB(probabilities), total: entropy(probabilities) };
  });
  const { probability, total } = await valuesOf(tensors);
  return {
    mode: 'classification',
    side: SIDE,
    probability,
    total,
    aleatoric: total,
    epistemic: new Float32Array(PLACES.length),
    draws: [],
  };
}

/** Of the probabilities of both classes, [..., 2], those of the second, flat. */
const ofClassB = (probabilities: tf.Tensor): tf.Tensor => {
  const begin = probabilities.shape.map((_, axis) => (axis === probabilities.rank - 1 ? 1 : 0));
  return tf.reshape(tf.slice(probabilities, begin), [-1]);
};
