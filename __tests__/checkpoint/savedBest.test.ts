/** What stands beside a checkpoint's weights: the metric by which it is the best; and what cannot be saved at all. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src';
import {
  checkSavable,
  latestCheckpoint,
  restoreCheckpoint,
  savedBest,
  saveTraining,
} from '../../src/checkpoint/savedTraining';
import { squares } from '../helpers/modelData';

beforeAll(() => tf.setBackend('cpu'));

/** A place in memory. */
function memory(): tf.io.IOHandler {
  let saved: tf.io.ModelArtifacts | undefined;
  return {
    save: (artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    },
    load: () => (saved === undefined ? Promise.reject(new Error('Nothing here')) : Promise.resolve(saved)),
  };
}

function net(non_linearity: 'linear' | ((x: tf.Tensor) => tf.Tensor) = 'linear'): tf.Sequential {
  const layer = hiddenLayer({ units: 1, inputShape: [2], non_linearity, include_hidden_bias: false });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer: tf.train.adam(), loss: squares });
  return model;
}

test('the best value is that of its own metric, and none where nothing, or nothing of it, was saved', async () => {
  const [place, model] = [memory(), net()];
  expect(await savedBest(place, 'val_loss')).toBeUndefined();
  await saveTraining(model, place, { epoch: 2 });
  expect(await savedBest(place, 'val_loss')).toBeUndefined();
  await saveTraining(model, place, { epoch: 3, best: { metric: 'val_loss', value: 0.25 } });
  expect(await savedBest(place, 'val_loss')).toBe(0.25);
  expect(await savedBest(place, 'loss')).toBeUndefined();
  const loaded = await tf.loadLayersModel(latestCheckpoint(place));
  expect(loaded.layers).toHaveLength(1);
});

test('what cannot be saved is told before training', async () => {
  await expect(checkSavable(net())).resolves.toBeUndefined();
  await expect(checkSavable(net((x) => tf.mul(2, x)))).rejects.toThrow('non_linearity');
  const plain = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  await expect(checkSavable(plain)).rejects.toThrow('the model must be compiled');
});

test('a step that is made while it is saved is counted, and nothing is saved', async () => {
  const [place, model] = [memory(), net()];
  const [x, y] = [tf.ones([2, 2]), tf.ones([2, 1])];
  for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
  const { save } = model;
  // In the middle: after the optimizer's numbers have been taken, and before those of the model.
  model.save = async (...args) => {
    await model.trainOnBatch(x, y);
    await model.trainOnBatch(x, y);
    return save.apply(model, args);
  };
  await expect(saveTraining(model, place, { epoch: 0 })).rejects.toThrow(
    'got 2 steps meanwhile; await saveCheckpoint',
  );
  expect(await savedBest(place, 'loss')).toBeUndefined();
});

test('a URL of blanks is no URL', async () => {
  for (const url of ['', ' '])
    await expect(restoreCheckpoint(net(), url)).rejects.toThrow(
      `checkpoint: a URL or a load handler is needed, got ${JSON.stringify(url)}; e.g. 'file://checkpoint'`,
    );
});
