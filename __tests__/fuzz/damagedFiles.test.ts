/** Damaged models and checkpoints: what is loaded is whole, or is refused; a model that was there is as it was. */
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import { adam, categoricalNLL, diagnose, posteriorMean, predictive, restoreCheckpoint } from '../../src';
import { startBackend } from '../helpers/eachBackend';
import { artifactsOf } from '../helpers/savedModels';
import { damage, damaged, flipped, flips, inflict, type Damage } from './damage';
import { checkpointOf, classifier } from './fixtures';
import { isError, textOf, violationOf } from './invariants';
import { judge } from './judge';
import { cases, TIMEOUT } from './runs';
import { tolerated } from './tolerated';
import { differences, pictureOf, pictureOfWorld, weightsOf } from './world';

/** One step of training, so that the optimizer has something to lose. */
async function trained(name: string): Promise<tf.Sequential> {
  const model = classifier(name);
  model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: categoricalNLL() });
  const [x, y] = [tf.ones([4, 3]), tf.tidy(() => tf.oneHot([0, 1, 1, 0], 2).toFloat())];
  await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  return model;
}

/** Weights and the optimizer's state, as text. */
async function stateOf(model: tf.LayersModel): Promise<string> {
  const slots = await model.optimizer.getWeights();
  const text = pictureOf([weightsOf(model), slots.map(({ tensor }) => tensor)]);
  slots[0]!.tensor.dispose();
  return text;
}

const shapesOf = (state: string): string => [...state.matchAll(/\w+ \[[\d,]*\]/g)].join();

const allFinite = (model: tf.LayersModel): boolean =>
  weightsOf(model).every((weight) => Array.from(weight.dataSync()).every(Number.isFinite));

const shown = (damages: Damage[]): string => fc.stringify(damages);
const damages = fc.array(damage, { minLength: 1, maxLength: 2 });

describe.each([
  ['cpu', 240],
  ['wasm', 60],
])('damaged files [%s]', (backend, n) => {
  beforeAll(() => startBackend(backend));

  test(
    'a checkpoint is restored whole, or the model is as it was',
    async () => {
      const [model, other] = [await trained('whole'), await trained('other')];
      const saved = await checkpointOf(other);
      await fc.assert(
        fc.asyncProperty(damages, async (inflicted) => {
          const before = await stateOf(model);
          let restored = false;
          const violation = await violationOf(
            {
              who: 'restoreCheckpoint',
              async call() {
                const { epoch } = await restoreCheckpoint(model, tf.io.fromMemory(damaged(saved, inflicted)));
                restored = true;
                if (!Number.isSafeInteger(epoch) || epoch < 0)
                  throw new Error(`gave the epoch ${String(epoch)}`);
              },
            },
            [],
          );
          judge('restoreCheckpoint', violation, shown(inflicted));
          if (!restored && (await stateOf(model)) !== before)
            judge('restoreCheckpoint', 'threw, and the model is another', shown(inflicted));
          if (restored && shapesOf(await stateOf(model)) !== shapesOf(before))
            judge('restoreCheckpoint', 'gave a state of another shape', shown(inflicted));
          if (restored && !allFinite(model))
            judge('restoreCheckpoint', 'gave weights that are not finite', shown(inflicted));
          await restoreCheckpoint(model, tf.io.fromMemory(saved));
        }),
        cases(n),
      );
      other.dispose();
      model.dispose();
    },
    TIMEOUT,
  );

  test(
    'a checkpoint with bytes of its weights turned is refused, and the model is as it was',
    async () => {
      const [model, other] = [await trained('turned'), await trained('source')];
      const saved = await checkpointOf(other);
      const before = await stateOf(model);
      await fc.assert(
        fc.asyncProperty(flips, async (turned) => {
          const artifacts = flipped(saved, turned);
          if (artifacts === undefined) return;
          let message = 'took it';
          const call = async (): Promise<void> => {
            try {
              await restoreCheckpoint(model, tf.io.fromMemory(artifacts));
            } catch (error) {
              message = (error as Error).message;
              throw error;
            }
          };
          const violation = await violationOf({ who: 'restoreCheckpoint', call }, []);
          judge('restoreCheckpoint', violation, fc.stringify(turned));
          if (!message.includes('it is damaged: the checksum must be'))
            judge('restoreCheckpoint', message, fc.stringify(turned));
          if ((await stateOf(model)) !== before)
            judge('restoreCheckpoint', 'threw, and the model is another', fc.stringify(turned));
        }),
        cases(n / 2),
      );
      other.dispose();
      model.dispose();
    },
    TIMEOUT,
  );

  test(
    'a model with bytes of its weights turned is loaded, and has an answer or is refused in our words',
    async () => {
      const model = await trained('bytes');
      const saved = await artifactsOf(model);
      const x = tf.ones([2, 3]);
      const asked: Record<string, (loaded: tf.LayersModel) => Promise<unknown>> = {
        predictive: (loaded) => predictive(loaded, x, { samples: 3, seed: 1 }),
        diagnose: (loaded) => diagnose(loaded),
        posteriorMean: (loaded) => Promise.resolve(posteriorMean(loaded)),
      };
      await fc.assert(
        fc.asyncProperty(flips, fc.constantFrom(...Object.keys(asked)), async (turned, who) => {
          const artifacts = flipped(saved, turned);
          if (artifacts === undefined) return;
          const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
          const violation = await violationOf({ who, call: () => asked[who]!(loaded) }, []);
          judge(who, violation, fc.stringify(turned));
          loaded.dispose();
        }),
        cases(n / 2),
      );
      x.dispose();
      model.dispose();
    },
    TIMEOUT,
  );

  test(
    'a layer is loaded as its config says, or refused in our words',
    async () => {
      const model = await trained('layers');
      const saved = await artifactsOf(model);
      await fc.assert(
        fc.asyncProperty(damage, fc.nat(1), async (one, which) => {
          const topology = JSON.parse(JSON.stringify(saved.modelTopology)) as Topology;
          const { config } = topology.config.layers[which]!;
          // What TensorFlow.js reads itself is not ours to check.
          const own = Object.fromEntries(Object.entries(config).filter(([key]) => !THEIRS.includes(key)));
          inflict(own, one);
          const theirs = Object.fromEntries(Object.entries(config).filter(([key]) => THEIRS.includes(key)));
          topology.config.layers[which]!.config = { ...own, ...theirs };
          const world = pictureOfWorld();
          await loadedOrRefused({ ...saved, modelTopology: topology }, (error) => {
            const { message } = error as Error;
            const fine = OURS.test(message) || tolerated('loadLayersModel', message);
            const violation = fine ? undefined : `threw ${textOf(error)}`;
            judge('loadLayersModel', violation, `${which}, ${fc.stringify(one)}`);
          });
          expect(differences(world, pictureOfWorld())).toEqual([]);
        }),
        cases(n),
      );
      model.dispose();
    },
    TIMEOUT,
  );

  test(
    'whatever is wrong with a model, no prototype is touched',
    async () => {
      const model = await trained('model');
      const saved = await artifactsOf(model);
      await fc.assert(
        fc.asyncProperty(damages, async (inflicted) => {
          const world = pictureOfWorld();
          await loadedOrRefused(damaged(saved, inflicted), (error) => expect(isError(error)).toBe(true));
          expect(differences(world, pictureOfWorld())).toEqual([]);
        }),
        cases(n),
      );
      model.dispose();
    },
    TIMEOUT,
  );
});

interface Topology {
  config: { layers: Array<{ config: Record<string, unknown> }> };
}

/** Keys of a layer's config, as saved. */
const THEIRS = ['name', 'batch_input_shape', 'dtype', 'trainable'];

const OURS = /^(HiddenLayer|layers_\w+): [^]+, got [^]+/;

/** Loads it and frees all; what TensorFlow.js itself leaves behind when it fails is not ours to judge, and is freed. */
async function loadedOrRefused(
  artifacts: tf.io.ModelArtifacts,
  refused: (error: unknown) => void,
): Promise<void> {
  const spy = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const before = new Set(Object.values(tf.engine().registeredVariables));
  try {
    (await tf.loadLayersModel(tf.io.fromMemory(artifacts))).dispose();
  } catch (error) {
    refused(error);
  } finally {
    spy.mockRestore();
    for (const variable of Object.values(tf.engine().registeredVariables))
      if (!before.has(variable)) variable.dispose();
  }
}
