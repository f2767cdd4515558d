import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { inMemory } from '../../src/checkpoint/checkpointPlaces';
import { latestCheckpoint, restoreCheckpoint, saveCheckpoint } from '../../src/checkpoint/savedTraining';
import type { State } from '../../src/checkpoint/sealed';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { squares } from '../helpers/modelData';
import { make, net, saved, slotsOf, train, weightsOf, type Optimizer } from '../helpers/slotNets';
import { collectWarnings } from '../helpers/warnings';

/** In the form of the first version of this package, which named nothing but the weights themselves. */
async function inFormat1(handler: tf.io.IOHandler): Promise<tf.io.IOHandler> {
  const artifacts = await handler.load!();
  const [[key, { epoch, optimizer }]] = Object.entries(artifacts.userDefinedMetadata!) as [[string, State]];
  return tf.io.fromMemory({
    ...artifacts,
    userDefinedMetadata: { [key]: { format: 1, epoch, optimizer } },
  });
}

eachBackend('restoreCheckpoint', () => {
  collectWarnings();

  test.each<[string, Optimizer]>([
    ['tf.train.adam', () => tf.train.adam(0.05)],
    ['adam', () => adam({ learningRate: 0.05 })],
    ['sgd', () => tf.train.sgd(0.05)],
    ['momentum', () => tf.train.momentum(0.05, 0.9)],
    ['rmsprop', () => tf.train.rmsprop(0.01)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
  ])('brings every slot to its variable when other layers are frozen: %s', async (_, make) => {
    for (const [before, after] of [
      [[], []],
      [[0], []],
      [[0], [1]],
      [[], [1, 2]],
      [[2], [3]],
    ]) {
      const there = inMemory();
      const [model, other] = [net(make, before), net(make, after)];
      await train(model);
      await train(other, 1);
      await saveCheckpoint(model, there, 7);
      expect(await restoreCheckpoint(other, there)).toEqual({ epoch: 7 });
      expect(weightsOf(other)).toEqual(weightsOf(model));
      const [saved, restored] = [await slotsOf(model), await slotsOf(other)];
      const start = Math.fround(make().getClassName() === 'Adagrad' ? 0.1 : 0);
      for (const [name, slot] of Object.entries(restored)) {
        const fresh = (slot as number[]).length && (slot as number[]).flat().every((v) => v === start);
        if (name in saved) expect(slot).toEqual(saved[name]);
        else expect([name, fresh]).toEqual([name, true]);
      }
      // And goes on from there.
      await train(other, 1);
      tf.dispose([model, other].map((m) => m.optimizer as unknown as tf.Tensor));
    }
  });
});

describe('restoreCheckpoint', () => {
  beforeAll(() => tf.setBackend('cpu'));
  collectWarnings();

  test('goes by the names that the user gave, wherever the layers stand', async () => {
    const { model, there } = await saved([], ['a', 'b', 'c', 'd']);
    const other = net(make, [], ['b', 'a', 'd', 'c']);
    await restoreCheckpoint(other, there);
    for (const name of ['a', 'b', 'c', 'd'])
      expect(
        other
          .getLayer(name)
          .getWeights()
          .map((w) => w.arraySync()),
      ).toEqual(
        model
          .getLayer(name)
          .getWeights()
          .map((w) => w.arraySync()),
      );
  });

  test.each<[number[], boolean]>([
    [[], false],
    [[0], true],
  ])(
    'goes by what was trained when the model was compiled: %j frozen then, the first trainable now: %p',
    async (then, now) => {
      const { model, there } = await saved(then);
      const other = net(make, then);
      other.layers[0]!.trainable = now;
      await restoreCheckpoint(other, there);
      expect(await slotsOf(other)).toEqual(await slotsOf(model));
      await train(other, 1);
    },
  );

  test('goes by place where the names are others', async () => {
    const { model, there } = await saved([1], ['a', 'b', 'c', 'd']);
    for (const other of [net(make), net(make, [0], ['x', 'y', 'z'])]) {
      await restoreCheckpoint(other, there);
      expect(weightsOf(other)).toEqual(weightsOf(model));
    }
  });

  test('reads the first format: by names, in order, and not where a frozen layer makes the order unsure', async () => {
    const { model, there } = await saved([], ['a', 'b', 'c', 'd']);
    const first = await inFormat1(there);
    for (const other of [net(make, [1], ['a', 'b', 'c', 'd']), net(make)]) {
      expect(await restoreCheckpoint(other, first)).toEqual({ epoch: 3 });
      expect(weightsOf(other)).toEqual(weightsOf(model));
    }
    await expect(restoreCheckpoint(net(make, [0]), first)).rejects.toThrow('is it another net?');
    const frozen = await inFormat1((await saved([0])).there);
    await expect(restoreCheckpoint(net(make), frozen)).rejects.toThrow('is it another net?');
  });

  test('finds its variables in models in models, wrappers and stacked cells', async () => {
    const build = (): tf.LayersModel => {
      const inner = tf.sequential({
        layers: [tf.layers.dense({ units: 2, inputShape: [3] }), tf.layers.batchNormalization()],
      });
      const cell = [tf.layers.lstmCell({ units: 2 }), tf.layers.lstmCell({ units: 2 })];
      const lstm = tf.layers.lstm({ units: 3, returnSequences: true });
      const layers = [
        tf.layers.bidirectional({ layer: lstm, mergeMode: 'ave', inputShape: [4, 3] }),
        tf.layers.timeDistributed({ layer: inner }),
        tf.layers.rnn({ cell }),
        tf.layers.dense({ units: 2 }),
      ];
      const model = tf.sequential({ layers });
      model.compile({ optimizer: make(), loss: 'meanSquaredError' });
      return model;
    };
    const [model, other, there] = [build(), build(), inMemory()];
    await model.fit(tf.ones([2, 4, 3]), tf.ones([2, 2]), { verbose: 0 });
    await saveCheckpoint(model, there);
    other.layers[0]!.trainable = false;
    other.compile({ optimizer: make(), loss: 'meanSquaredError' });
    await restoreCheckpoint(other, there);
    const numbers = (m: tf.LayersModel): unknown =>
      m.layers.map((l) => l.getWeights().map((w) => w.arraySync()));
    expect(numbers(other)).toEqual(numbers(model));
    expect(await other.optimizer.getWeights()).toHaveLength(1 + 2 * other.trainableWeights.length);
  });

  test('refuses other options of an optimizer that keep other slots', async () => {
    const [model, there] = [net(() => tf.train.rmsprop(0.1)), inMemory()];
    await train(model);
    await saveCheckpoint(model, there);
    const centered = net(() => tf.train.rmsprop(0.1, 0.9, 0, 1e-7, true));
    await expect(restoreCheckpoint(centered, there)).rejects.toThrow(
      'the optimizer keeps the slots ["rms", "momentum", "mg"]',
    );
  });

  test('says what the handler says where there is nothing that can be loaded', async () => {
    const fails = { load: () => Promise.reject(new Error('no such place')) };
    await expect(restoreCheckpoint(net(make), fails)).rejects.toThrow(
      'checkpoint: it cannot be loaded, got the error: no such place',
    );
  });

  test('a loaded model is the saved one, by latestCheckpoint', async () => {
    const { model, there } = await saved();
    const loaded = await tf.loadLayersModel(latestCheckpoint(there));
    expect(weightsOf(loaded)).toEqual(weightsOf(model));
  });
});

describe('saveCheckpoint', () => {
  beforeAll(() => tf.setBackend('cpu'));
  collectWarnings();

  test.each([NaN, Infinity])('keeps what was saved before where a weight is %p', async (value) => {
    const [model, there] = [net(() => tf.train.adam(0.05)), inMemory()];
    await train(model);
    await saveCheckpoint(model, there, 1);
    const before = await there.load!();
    model.layers[3]!.setWeights([tf.fill([2, 2], value), tf.zeros([2])]);
    await expectCleanRejection(
      () => saveCheckpoint(model, there, 2),
      `must be finite to be saved, got a value of ${value} in`,
    );
    expect(await there.load!()).toBe(before);
  });

  test('refuses an epoch that is no count, an optimizer with slots of another model, and steps in between', async () => {
    const [model, other, there] = [
      net(() => tf.train.adam(0.05)),
      net(() => tf.train.adam(0.05)),
      inMemory(),
    ];
    await train(model);
    for (const epoch of [-1, 0.5, NaN, '3' as never])
      await expect(saveCheckpoint(model, there, epoch)).rejects.toThrow(
        'epoch must be a whole number of at least 0',
      );
    const single = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    single.compile({ optimizer: model.optimizer, loss: squares });
    await expect(saveCheckpoint(single, there)).rejects.toThrow(
      'each slot of the optimizer must belong to a weight',
    );
    const [x, y] = [tf.ones([1, 2]), tf.ones([1, 2])];
    await train(other, 1);
    const saving = saveCheckpoint(other, there);
    await other.trainOnBatch(x, y);
    await expect(saving).rejects.toThrow('a model must rest while it is saved');
  });
});
