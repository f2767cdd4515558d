/** What is worth a warning: each layer is named once, the layers of one step in one message. */
import type * as tf from '@tensorflow/tfjs';
import { bayesianLayers, placeOf, type BayesianLayer } from './bayesian';

/** Neither datasetSize nor KL_factor was given. */
export const warnOfDefaultFactor = onceForEachLayer(
  (names) =>
    `${names}: neither datasetSize nor KL_factor was given, so KL_factor is 1, Pyro's default. fit averages the loss ` +
    'over the batch: for an ELBO give datasetSize: N, the number of training examples, or call setDatasetSize(model, N). ' +
    'KL_factor: 1 says that 1 is meant.',
);

/** A pass of training ended and nobody had asked for the losses. */
export const warnOfMissedKL = onceForEachLayer(
  (names) =>
    `${names}: a training pass ended without its KL in the loss. A model inside tf.layers.timeDistributed loses the losses ` +
    'of its layers (wrap each layer by itself), and a training loop of your own must add model.calculateLosses() or kl().',
);

/** A bias column that is missing or too many, where nobody said that it should be so. */
export function warnOfBiases(model: tf.LayersModel): void {
  const direct = bayesianLayers(model).filter(
    (layer) => model.layers.includes(layer) && !remarked.has(layer),
  );
  for (const layer of direct) {
    remarked.add(layer);
    for (const remark of layer.remarks(placeOf(layer, model))) console.warn(`tfjs-bnn: ${remark}.`);
  }
}

const remarked = new WeakSet<BayesianLayer>();

function onceForEachLayer(message: (names: string) => string): (layer: BayesianLayer) => void {
  const warned = new WeakSet<BayesianLayer>();
  let waiting: BayesianLayer[] = [];
  return (layer) => {
    if (warned.has(layer)) return;
    warned.add(layer);
    // The layers of one model are called in one go: when the microtask runs, all of them are waiting.
    if (waiting.length === 0)
      queueMicrotask(() => {
        const names = waiting.map(({ name }) => name).join(', ');
        waiting = [];
        console.warn(`tfjs-bnn: ${message(names)}`);
      });
    waiting.push(layer);
  };
}
