import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { checkpoint } from '../../src/checkpoint/checkpoint';
import { elboReport } from '../../src/train/elboReport';
import { klWarmup } from '../../src/train/klWarmup';
import { learningRateSchedule } from '../../src/train/learningRateSchedule';
import { stopOnNaN } from '../../src/train/stopOnNaN';
import { squares } from '../helpers/modelData';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => tf.setBackend('cpu'));
const warnings = collectWarnings();

const fit = async (callbacks: unknown): Promise<tf.History> => {
  const biases = { include_input_bias: false, include_hidden_bias: false } as const;
  const layer = hiddenLayer({
    units: 1,
    non_linearity: 'linear',
    inputShape: [2],
    KL_factor: 1 / 4,
    ...biases,
  });
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
  ['learningRateSchedule', () => learningRateSchedule()],
  ['stopOnNaN', () => stopOnNaN()],
])('%s', (who, make) => {
  test('works alone, in a list, behind other callbacks, and twice', async () => {
    const callback = make();
    await fit(callback);
    await fit([new tf.CustomCallback({ onEpochEnd: () => undefined }), callback]);
    expect((await fit([callback])).epoch).toEqual([0]);
  });

  test('works behind plain objects and between them, and once more', async () => {
    const callback = make();
    const heard: unknown[] = [];
    // As tfvis.show.fitCallbacks(…) makes them.
    const plain = { onEpochEnd: (_: number, logs?: tf.Logs) => void heard.push(logs) };
    for (let i = 0; i < 2; i++) expect((await fit([plain, callback, plain])).epoch).toEqual([0]);
    expect(heard).toHaveLength(4);
    expect((await warnings()).filter((text) => text.includes(`${who}:`))).toEqual([]);
    expect((await fit([callback, tf.callbacks.earlyStopping({ monitor: 'loss' })])).epoch).toEqual([0]);
  });

  test('says what to do before plain objects', async () => {
    await expect(fit([make(), { onEpochEnd: () => undefined }])).rejects.toThrow('setParams');
    expect(await warnings()).toEqual([
      `tfjs-bnn: ${who}: training did not begin: TensorFlow.js does not take plain objects after this callback in a list; ` +
        'put plain objects first, or wrap them: new tf.CustomCallback({onEpochEnd: …}).',
    ]);
  });

  test('says so where nothing tells of the model', async () => {
    const { onTrainBegin } = make();
    await expect(onTrainBegin.call(undefined as never)).rejects.toThrow(
      `${who}: the model must be known, got a list whose callbacks TensorFlow.js does not tell it`,
    );
  });
});

test('behind plain objects a report is the same', async () => {
  const reported = (await fit([{ onEpochEnd: () => undefined }, elboReport()])).history;
  expect(Object.keys(reported)).toEqual(Object.keys((await fit([elboReport()])).history));
  expect(Number.isFinite(reported.elbo![0])).toBe(true);
});
