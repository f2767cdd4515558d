/** What is worth a warning, once for each layer. */
import type * as tf from '@tensorflow/tfjs';
import { bayesianLayers, placeOf, type BayesianLayer } from './bayesian';

/** Neither datasetSize nor a KL factor was given. */
export const warnOfDefaultFactor = onceForEachLayer(
  (names) =>
    `${names}: neither datasetSize nor a KL factor was given, so the KL factor is 1, Pyro's default. fit averages the loss ` +
    'over the batch: for the ELBO, give datasetSize: N, the number of training examples, or call setDatasetSize(model, N). ' +
    'If you mean 1, say klFactor: 1, or in a HiddenLayer KL_factor: 1.',
);

/** The user's klWeight is 0, as training begins; a warm-up does not change that one. */
export const warnOfNoKL = onceForEachLayer(
  (names) =>
    `${names}: klWeight is 0, so the KL is not in the loss, and nothing keeps the stddevs from shrinking: setKLWeight(model, 1) gives the ` +
    'ELBO, klWarmup brings the KL in slowly.',
);

/** A pass of training ended and nobody had asked for the losses. */
export const warnOfMissedKL = onceForEachLayer(
  (names) =>
    `${names}: a training pass ended without its KL in the loss. TensorFlow.js does not collect the losses of the layers ` +
    'of a model inside tf.layers.timeDistributed (wrap each layer by itself), nor of a model that is the first layer of a ' +
    'nested sequential (put its layers there instead); a training loop of your own must add model.calculateLosses() to the ' +
    'loss, or klFactor times the kl() of each layer, within the gradient.',
);

/** A bias column that is missing or too many, where nobody said that it should be so. */
export function warnOfBiases(model: tf.LayersModel): void {
  const direct = bayesianLayers(model).filter((layer) => model.layers.includes(layer));
  for (const layer of direct) layer.remarks(placeOf(layer, model)).forEach((remark) => say(layer, remark));
}

/**
 * A layer whose output no other layer takes is the last one, where its model is no part of another one. The graph may
 * still grow when it is asked: it is looked at when the program pauses.
 */
export function warnOfLast(layer: BayesianLayer, isNested: () => boolean): void {
  if (lookedAt.has(layer)) return;
  lookedAt.add(layer);
  queueMicrotask(() => {
    lookedAt.delete(layer);
    if (layer.inboundNodes.length > 0 && layer.outboundNodes.length === 0 && !isNested())
      layer.remarks({ first: false, last: true }).forEach((remark) => say(layer, remark));
  });
}

const lookedAt = new WeakSet<BayesianLayer>();

/**
 * What a pass of training shows of the layers that it visits, without a model at hand: the first one is a first layer,
 * and two with one seed draw the same noise.
 *
 * @param pass what all calls of one pass have in common: the tape of its gradient, or their keyword arguments.
 */
export function warnOfPass(layer: BayesianLayer, pass: object): void {
  const before = visited.get(pass) ?? [];
  if (before.includes(layer)) return;
  visited.set(pass, [...before, layer]);
  if (before.length === 0)
    layer.remarks({ first: true, last: false }).forEach((remark) => say(layer, remark));
  const twin = before.find(({ seed }) => seed !== undefined && seed === layer.seed);
  if (twin !== undefined)
    say(
      layer,
      `${twin.name} and ${layer.name} have the same seed ${layer.seed}, so their noise is the same too: together they are no draw ` +
        'from the posterior; give each layer a seed of its own',
    );
}

const visited = new WeakMap<object, BayesianLayer[]>();

const said = new WeakMap<BayesianLayer, Set<string>>();

/** Once for each layer. */
function say(layer: BayesianLayer, remark: string): void {
  const before = said.get(layer) ?? new Set();
  if (before.has(remark)) return;
  said.set(layer, before.add(remark));
  console.warn(`tfjs-bnn: ${remark}.`);
}

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
