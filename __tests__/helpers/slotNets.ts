/** A net whose layers are alike, so that a slot at the wrong variable shows, and the state of its training by name. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { inMemory } from '../../src/checkpoint/checkpointPlaces';
import { saveCheckpoint } from '../../src/checkpoint/savedTraining';
import { squares } from './modelData';

export type Optimizer = () => tf.Optimizer;
const plain = { KL_factor: 0.01, include_hidden_bias: false, include_input_bias: false };

/** Four layers of one shape, two of each kind: what goes to the wrong one does not show by its shape. */
export function net(make: Optimizer, frozen: number[] = [], names: string[] = []): tf.Sequential {
  const name = (i: number): object => (names[i] === undefined ? {} : { name: names[i] });
  const model = tf.sequential({
    layers: [
      hiddenLayer({ units: 2, inputShape: [2], ...plain, ...name(0) }),
      hiddenLayer({ units: 2, ...plain, ...name(1) }),
      tf.layers.dense({ units: 2, ...name(2) }),
      tf.layers.dense({ units: 2, ...name(3) }),
    ],
  });
  for (const i of frozen) model.layers[i]!.trainable = false;
  model.compile({ optimizer: make(), loss: squares });
  return model;
}

export const train = async (model: tf.LayersModel, epochs = 2): Promise<void> => {
  const [x, y] = [tf.randomUniform([8, 2]), tf.randomUniform([8, 2])];
  await model.fit(x, y, { epochs, verbose: 0 });
  tf.dispose([x, y]);
};

/** The weights of each layer, by its place and their names. */
export const weightsOf = (model: tf.LayersModel): Record<string, unknown> =>
  Object.fromEntries(
    model.layers.flatMap((layer, i) =>
      layer.weights.map((w) => [`${i}/${w.originalName.split('/').at(-1)!}`, w.read().arraySync()]),
    ),
  );

/** The slots of the optimizer, by place and name of their variable. */
export async function slotsOf(model: tf.LayersModel): Promise<Record<string, unknown>> {
  const [iterations, ...slots] = await model.optimizer.getWeights();
  const place = new Map(
    model.layers.flatMap((layer, i) =>
      layer.weights.map((w) => [w.name, `${i}/${w.originalName.split('/').at(-1)!}`]),
    ),
  );
  const named = slots.map(({ name, tensor }) => {
    const [, owner, kind] = /^(.*)\/(.*)$/.exec(name)!;
    return [`${place.get(owner!)!}/${kind!}`, tensor.arraySync()] as const;
  });
  const steps = iterations!.tensor.arraySync();
  iterations!.tensor.dispose();
  return { ...Object.fromEntries(named), steps };
}

export const make: Optimizer = () => tf.train.adam(0.05);

/** Trained for a while, and saved. */
export const saved = async (frozen: number[] = [], names: string[] = []) => {
  const [model, there] = [net(make, frozen, names), inMemory()];
  await train(model);
  await saveCheckpoint(model, there, 3);
  return { model, there };
};
