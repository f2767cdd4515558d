import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { checkpoint } from '../../src/train/checkpoint';
import { elboReport } from '../../src/train/elboReport';
import { klWarmup } from '../../src/train/klWarmup';
import { squares } from '../helpers/checkLayer';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => tf.setBackend('cpu'));
collectWarnings();

const fit = async (callbacks: unknown): Promise<tf.History> => {
  const layer = hiddenLayer({ units: 1, inputShape: [2], KL_factor: 1 / 4, include_hidden_bias: false });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer: 'sgd', loss: squares });
  return model.fit(tf.ones([4, 2]), tf.ones([4, 1]), {
    epochs: 1,
    verbose: 0,
    callbacks: callbacks as tf.Callback,
  });
};
const nowhere: tf.io.IOHandler = {
  save: () => Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }),
};

describe.each([
  ['elboReport', () => elboReport()],
  ['klWarmup', () => klWarmup({ epochs: 2 })],
  ['checkpoint', () => checkpoint(nowhere)],
])('%s', (who, make) => {
  test('works alone, in a list, behind other callbacks, and twice', async () => {
    const callback = make();
    await fit(callback);
    await fit([new tf.CustomCallback({ onEpochEnd: () => undefined }), callback]);
    expect((await fit([callback])).epoch).toEqual([0]);
  });

  test('says what to do in a list of plain objects', async () => {
    await expect(fit([{ onEpochEnd: () => undefined }, make()])).rejects.toThrow(
      `${who}: in a list TensorFlow.js takes callbacks of one kind, got plain objects beside this one; wrap them: new tf.CustomCallback`,
    );
  });
});
