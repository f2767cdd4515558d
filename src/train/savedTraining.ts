/**
 * A model in training as a file: its weights, and the state of its optimizer.
 *
 * `model.save(url, {includeOptimizer: true})` will not do: it refuses a loss that is a function, and a file that names
 * a loss or metric of one's own cannot be loaded. Here the file says nothing of losses: it is a saved model that
 * `tf.loadLayersModel` takes, with the optimizer's tensors behind the weights. The program says anew how to compile.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, sameShape, shown, shownShape } from '../check';
import { checkFormat } from '../layers/savedFormat';
import { compiledOptimizer } from './compiled';

/** What `tf.LayersModel.save` takes: a URL such as `file://…` or `indexeddb://…`, or a handler. */
export type Destination = string | tf.io.IOHandler;

interface State {
  format: number;
  /** Epochs that were completed. */
  epoch: number;
  /** The class of the optimizer. */
  optimizer: string;
}

const WHO = 'checkpoint';
const KEY = 'tfjs-bnn checkpoint';
const FORMAT = 1;

/**
 * Saves a compiled model and the state of its optimizer.
 *
 * @param epoch number of epochs that were completed, handed back by `restoreCheckpoint`. @defaultValue 0
 * @throws if the model is not compiled, or a layer cannot be saved.
 */
export async function saveCheckpoint(model: tf.LayersModel, to: Destination, epoch = 0): Promise<void> {
  const optimizer = compiledOptimizer(WHO, model, REASON);
  const state: State = { format: FORMAT, epoch, optimizer: optimizer.getClassName() };
  const [iterations, ...slots] = await optimizer.getWeights();
  const { data, specs } = await tf.io.encodeWeights([iterations!, ...slots], 'optimizer');
  // The count of steps is made for us, the rest is the optimizer's own.
  iterations!.tensor.dispose();
  const handler = handlerOf(to, saveHandlers);
  await model.save(
    tf.io.withSaveHandler((artifacts) =>
      handler.save!({
        ...artifacts,
        weightSpecs: [...artifacts.weightSpecs!, ...specs],
        weightData: tf.io.CompositeArrayBuffer.join([artifacts.weightData!, data].flat()),
        userDefinedMetadata: { ...artifacts.userDefinedMetadata, [KEY]: state },
      }),
    ),
  );
}

/**
 * Puts weights and the optimizer's state back into a compiled model of the same architecture. What the program says
 * anew stays: loss, metrics, learning rate, KL_factor and klWeight.
 *
 * @returns the number of epochs that were completed: `initialEpoch` for `fit`.
 * @throws if the model is not compiled, its optimizer is of another class, its weights have other shapes, or there is no
 * checkpoint; the model is then as it was.
 */
export async function restoreCheckpoint(
  model: tf.LayersModel,
  from: Destination,
): Promise<{ epoch: number }> {
  const optimizer = compiledOptimizer(WHO, model, REASON);
  const { weightData, weightSpecs = [], userDefinedMetadata } = await handlerOf(from, loadHandlers).load!();
  const state = checkedState(userDefinedMetadata, optimizer);
  const tensors = tf.io.decodeWeights(weightData!, weightSpecs);
  try {
    const named = weightSpecs.map(({ name, group }) => ({ name, group, tensor: tensors[name]! }));
    const weights = named.filter(({ group }) => group !== 'optimizer');
    model.setWeights(inOrderOf(model, weights));
    // The optimizer replaces the tensors that it has, without disposing of them.
    const [iterations, ...old] = await optimizer.getWeights();
    tf.dispose([iterations!.tensor, ...old.map(({ tensor }) => tensor)]);
    await optimizer.setWeights(named.filter(({ group }) => group === 'optimizer'));
  } finally {
    tf.dispose(tensors);
  }
  return { epoch: state.epoch };
}

const REASON = 'since its optimizer is saved and restored too';

function checkedState(metadata: object | undefined, optimizer: tf.Optimizer): State {
  const state = (metadata as Record<string, State | undefined> | undefined)?.[KEY];
  if (state === undefined)
    return refuse(
      WHO,
      'a saved checkpoint is needed',
      'a model without one',
      'load it by tf.loadLayersModel',
    );
  checkFormat(WHO, 'a saved checkpoint', FORMAT, state.format);
  if (state.optimizer !== optimizer.getClassName())
    refuse(
      WHO,
      `the optimizer must be of the class ${state.optimizer} whose state was saved`,
      optimizer.getClassName(),
      'compile with that one',
    );
  return state;
}

interface NamedTensor {
  name: string;
  tensor: tf.Tensor;
}

/** By name where the names are the model's; a model that is built anew has new ones, and the same order. */
function inOrderOf(model: tf.LayersModel, saved: NamedTensor[]): tf.Tensor[] {
  const names = model.weights.map(({ originalName }) => originalName);
  const byName = new Map(saved.map(({ name, tensor }) => [name, tensor]));
  const tensors = names.every((name) => byName.has(name))
    ? names.map((name) => byName.get(name)!)
    : saved.map(({ tensor }) => tensor);
  const shapes = (all: ReadonlyArray<{ shape: ReadonlyArray<number | null> }>): string =>
    all.map(({ shape }) => shownShape(shape)).join(', ');
  const fits =
    tensors.length === saved.length &&
    tensors.length === names.length &&
    model.weights.every(({ shape }, i) => sameShape(shape, tensors[i]!.shape));
  if (!fits)
    refuse(
      WHO,
      `weights of the shapes ${shapes(model.weights)} are needed`,
      shapes(tensors),
      'is it another net?',
    );
  return tensors;
}

function handlerOf(from: Destination, find: (url: string) => tf.io.IOHandler[]): tf.io.IOHandler {
  if (typeof from !== 'string') return from;
  const [handler, ...others] = find(from);
  if (handler === undefined || others.length > 0)
    return refuse(
      WHO,
      'one handler must know the URL',
      `${others.length + (handler ? 1 : 0)} for ${shown(from)}`,
    );
  return handler;
}

const saveHandlers = (url: string): tf.io.IOHandler[] => tf.io.getSaveHandlers(url);

/** As `tf.loadLayersModel` finds them: what nobody else knows is fetched. */
function loadHandlers(url: string): tf.io.IOHandler[] {
  const handlers = tf.io.getLoadHandlers(url);
  return handlers.length > 0 ? handlers : [tf.io.http(url)];
}
