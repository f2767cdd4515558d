/**
 * A model in training as a file: its weights, and the state of its optimizer.
 *
 * `model.save(url, {includeOptimizer: true})` will not do: it refuses a loss that is a function, and a file that names
 * a loss or metric of one's own cannot be loaded. Here the file says nothing of losses: it is a saved model that
 * `tf.loadLayersModel` takes, with the optimizer's tensors behind the weights. The program says anew how to compile.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { newest, store, type Destination } from './checkpointPlaces';
import { readSaved } from './checkpointContent';
import { compiledOptimizer } from '../model/compiled';
import { modelVariables } from '../model/modelVariables';
import { ownersOf, trainedVariables } from '../optimizer/optimizerSlots';
import { checkedValues, notFinite } from './savedValues';
import type { State } from './sealed';

const WHO = 'checkpoint';
const REASON = 'since its optimizer is saved and restored too';

/**
 * Saves a compiled model and the state of its optimizer. Whenever it is broken off, by an error, a killed process, a
 * power cut, the checkpoint before it is still there and whole.
 *
 * `file://folder` and `localstorage://name` hold two saved models for that, `…/a` and `…/b`, written by turns: load the
 * newest by `tf.loadLayersModel(latestCheckpoint('file://folder'))`, or one of them, where this package is unknown, by
 * `tf.loadLayersModel('file://folder/a/model.json')`. IndexedDB replaces a model in one transaction. Any other handler is
 * given everything in one call of `save`, and to replace what it has as a whole is its own affair. Files survive a power
 * cut from Node 20.16 on; before it the folder must exist, and they survive the end of the process alone.
 *
 * @param epoch number of epochs that were completed, handed back by `restoreCheckpoint`. @defaultValue 0
 * @throws if the model is not compiled, a layer or the optimizer (adamax) cannot be saved, or a weight or slot is NaN or
 * infinite: what was saved before is kept.
 *
 * @example
 * await model.fit(x, y, { epochs: 10 });
 * await saveCheckpoint(model, 'indexeddb://penguins', 10);
 */
export async function saveCheckpoint(model: tf.LayersModel, to: Destination, epoch = 0): Promise<void> {
  const flaw = await saveTraining(model, to, { epoch });
  if (flaw !== undefined)
    refuse(WHO, 'weights and slots must be finite to be saved', flaw, 'what was saved before is kept');
}

/**
 * The same, with the metric by which the epoch is the best.
 *
 * @returns why nothing was saved: the first value that is not finite.
 */
export async function saveTraining(
  model: tf.LayersModel,
  to: Destination,
  { epoch, best }: Pick<State, 'epoch' | 'best'>,
): Promise<string | undefined> {
  const optimizer = compiledOptimizer(WHO, model, REASON);
  if (!Number.isSafeInteger(epoch) || epoch < 0)
    refuse(WHO, 'epoch must be a whole number of at least 0', shown(epoch));
  const steps = optimizer.iterations;
  const { specs, data, slots } = await encodedOptimizer(model);
  const artifacts = await artifactsOf(model);
  if (optimizer.iterations !== steps)
    refuse(
      WHO,
      'a model must rest while it is saved',
      `${optimizer.iterations - steps} steps meanwhile`,
      'await saveCheckpoint',
    );
  const weights = artifacts.weightSpecs!;
  const all = {
    ...artifacts,
    weightSpecs: [...weights, ...specs],
    weightData: tf.io.CompositeArrayBuffer.join([artifacts.weightData!, data].flat()),
  };
  const flaw = notFinite(checkedValues(WHO, all.weightSpecs, all.weightData));
  if (flaw !== undefined) return flaw;
  const variables = modelVariables(model).map(({ path, place }) => ({ path, place }));
  await store(to, all, {
    epoch,
    optimizer: optimizer.getClassName(),
    variables,
    slots,
    ...(best && { best }),
  });
  return undefined;
}

/** @throws if a model, its layers or its optimizer, cannot be saved. */
export async function checkSavable(model: tf.LayersModel): Promise<void> {
  compiledOptimizer(WHO, model, REASON);
  model.toJSON(null, false);
  await encodedOptimizer(model);
}

/**
 * Puts weights and the optimizer's state back into a compiled model of the same architecture, from the newest whole
 * checkpoint at the URL that `saveCheckpoint` took. What the program says anew stays: loss, metrics, learning rate,
 * KL_factor and klWeight, and which layers are trainable.
 *
 * Weights and slots find their variable by the names of layer and variable, or, where layers have other names, by their
 * place in the model. A layer that was frozen when it was saved and is trained now starts with fresh slots.
 *
 * @returns the number of epochs that were completed: `initialEpoch` for `fit`.
 * @throws if the model is not compiled, its optimizer is of another class, weights or slots do not fit, or are not finite,
 * or there is no whole checkpoint; the model and its optimizer are then as they were.
 *
 * @example
 * await saveCheckpoint(model, 'indexeddb://penguins', 10);
 * const again = makeModel(); // the same architecture, compiled
 * const { epoch } = await restoreCheckpoint(again, 'indexeddb://penguins');
 * console.log(epoch); // 10
 * await again.fit(x, y, { initialEpoch: epoch, epochs: 20 });
 */
export async function restoreCheckpoint(
  model: tf.LayersModel,
  from: Destination,
): Promise<{ epoch: number }> {
  const optimizer = compiledOptimizer(WHO, model, REASON);
  const found = await newest(from);
  const { weights, state } = readSaved(found, model, optimizer);
  try {
    // The optimizer replaces the tensors that it has, without disposing of them.
    const old = await optimizer.getWeights();
    await optimizer.setWeights(state);
    tf.dispose(old.map(({ tensor }) => tensor));
    model.setWeights(weights);
  } finally {
    tf.dispose([weights, state.map(({ tensor }) => tensor)]);
  }
  return { epoch: found.state.epoch };
}

/**
 * The newest whole checkpoint of a URL as a handler: `tf.loadLayersModel(latestCheckpoint('file://folder'))`. The model
 * is not compiled: compile it, then `restoreCheckpoint` brings its optimizer back.
 *
 * @throws when it loads, if there is no whole checkpoint.
 *
 * @example
 * await saveCheckpoint(model, 'indexeddb://penguins', 10);
 * const loaded = await tf.loadLayersModel(latestCheckpoint('indexeddb://penguins'));
 */
export function latestCheckpoint(from: Destination): tf.io.IOHandler {
  return { load: async () => (await newest(from)).artifacts };
}

/** The best value of a metric that was saved there, if any was. */
export async function savedBest(from: Destination, metric: string): Promise<number | undefined> {
  const found = await newest(from).catch(() => undefined);
  const best = found?.state.best;
  return best?.metric === metric ? best.value : undefined;
}

async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let taken: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      taken = artifacts;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
    }),
  );
  return taken!;
}

async function encodedOptimizer(
  model: tf.LayersModel,
): Promise<{ specs: tf.io.WeightsManifestEntry[]; data: ArrayBuffer; slots: State['slots'] & object }> {
  const [iterations, ...slots] = await model.optimizer.getWeights();
  try {
    const variables = modelVariables(model).map(({ variable }) => variable);
    const trained = trainedVariables(model).map((variable) => variables.indexOf(variable));
    const owners = ownersOf(
      WHO,
      slots.map(({ name, tensor }) => ({ name, shape: tensor.shape })),
      variables,
      trained,
    );
    const { data, specs } = await tf.io.encodeWeights([iterations!, ...slots], 'optimizer');
    return { specs, data, slots: owners };
  } finally {
    // The count of steps is made for us, the rest is the optimizer's own.
    iterations!.tensor.dispose();
  }
}
