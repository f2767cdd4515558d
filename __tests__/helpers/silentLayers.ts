/** Layers that nothing is to be said of, and a training of them, for the tests of what is said. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import type { HiddenLayerOptions } from '../../src/layers/hiddenOptions';
import { dataFor, squares } from './modelData';

/** Says all that a layer may be warned about; a test takes back what it is about. */
export const hidden = (options: Partial<HiddenLayerOptions> = {}) =>
  hiddenLayer({
    units: 3,
    KL_factor: 0.1,
    non_linearity: 'relu',
    include_input_bias: false,
    include_hidden_bias: false,
    ...options,
  });
export const sequential = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });
export const [x3] = [{ inputShape: [3] }];

export async function step(model: tf.LayersModel): Promise<void> {
  model.compile({ optimizer: tf.train.sgd(0.001), loss: squares });
  const { xs, ys, dispose } = dataFor(model, 4);
  await model.fit(xs, ys, { epochs: 2, verbose: 0 });
  dispose();
}
