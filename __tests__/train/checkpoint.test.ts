import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { checkpoint } from '../../src/train/checkpoint';
import { restoreCheckpoint, saveCheckpoint } from '../../src/train/savedTraining';
import { sealed, type State } from '../../src/train/sealed';
import { squares, throughFile } from '../helpers/checkLayer';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

const plain = { KL_factor: 0.01, include_hidden_bias: false, include_input_bias: false, seed: 1 } as const;
/** With next to no noise, so that two runs can be compared; a loss and a metric that no file can name. */
function net(optimizer: tf.Optimizer = tf.train.adam(0.05), units = 3): tf.Sequential {
  const A_scale_initializer = 1e-7;
  const layers = [
    hiddenLayer({ units, inputShape: [2], A_scale_initializer, ...plain }),
    tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
  ];
  const model = tf.sequential({ layers });
  model.compile({ optimizer, loss: squares, metrics: [squares] });
  return model;
}

/** Keeps what was saved last, as a file would. */
function store(): { handler: tf.io.IOHandler; saved: tf.io.ModelArtifacts[] } {
  const saved: tf.io.ModelArtifacts[] = [];
  const handler: tf.io.IOHandler = {
    save: (artifacts) => {
      saved.push(artifacts);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    },
    load: () => throughFile(saved.at(-1)!).load!(),
  };
  return { handler, saved };
}

const train = async (model: tf.LayersModel, epochs: number, more: object = {}): Promise<void> => {
  const [x, y] = [tf.tensor2d(scattered(8, 2)), tf.tensor2d(scattered(8, 1, 3))];
  await model.fit(x, y, { epochs, batchSize: 4, shuffle: false, verbose: 0, ...more });
  tf.dispose([x, y]);
};
const weightsOf = (model: tf.LayersModel): tf.TensorLike[] => model.getWeights().map((w) => w.arraySync());

eachBackend('a checkpoint', () => {
  collectWarnings();

  test.each([
    ['adam', () => tf.train.adam(0.05)],
    ['momentum', () => tf.train.momentum(0.05, 0.9)],
    ['rmsprop', () => tf.train.rmsprop(0.01)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['sgd', () => tf.train.sgd(0.05)],
  ])('is training that goes on as if it had never been broken off: %s', async (_, optimizer) => {
    const { handler } = store();
    const unbroken = net(optimizer());
    await train(unbroken, 3);
    await saveCheckpoint(unbroken, handler, 3);
    await train(unbroken, 6, { initialEpoch: 3 });

    const resumed = net(optimizer());
    const { epoch } = await restoreCheckpoint(resumed, handler);
    expect(epoch).toBe(3);
    await train(resumed, 6, { initialEpoch: epoch });
    weightsOf(resumed).forEach((w, i) => {
      expectAllClose(w, weightsOf(unbroken)[i]!, { rtol: 1e-3, atol: 1e-4 });
    });
  });

  test('brings the state of the optimizer back: without it the next steps are others', async () => {
    const { handler } = store();
    const first = net();
    await train(first, 5);
    await saveCheckpoint(first, handler);
    const [resumed, forgetful] = [net(), net()];
    await restoreCheckpoint(resumed, handler);
    forgetful.setWeights(resumed.getWeights());
    for (const model of [first, resumed, forgetful]) await train(model, 1);
    const [a, b, c] = [first, resumed, forgetful].map((model) => weightsOf(model)[0] as number[][]);
    expectAllClose(b!, a!, { rtol: 1e-3, atol: 1e-4 });
    expect(Math.max(...a!.flatMap((row, d) => row.map((v, h) => Math.abs(v - c![d]![h]!))))).toBeGreaterThan(
      0.01,
    );
  });

  test('loads as a model too, anywhere, whatever its loss and metrics', async () => {
    const { handler, saved } = store();
    const model = net();
    model.setUserDefinedMetadata({ mine: 1 });
    await train(model, 1);
    await saveCheckpoint(model, handler, 1);
    expect(saved[0]!.userDefinedMetadata).toMatchObject({ mine: 1 });
    const loaded = await tf.loadLayersModel(handler);
    expect(weightsOf(loaded)).toEqual(weightsOf(model));
    loaded.compile({ optimizer: tf.train.adam(0.05), loss: squares });
    expect(await restoreCheckpoint(loaded, handler)).toEqual({ epoch: 1 });
  });

  test('leaks nothing: saved, and restored over a state that is there', async () => {
    const { handler } = store();
    const [model, other] = [net(), net()];
    await train(model, 1);
    await train(other, 1);
    const before = tf.memory().numTensors;
    await saveCheckpoint(model, handler);
    await restoreCheckpoint(other, handler);
    await restoreCheckpoint(model, handler);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the callback checkpoint', () => {
  beforeAll(() => tf.setBackend('cpu'));
  collectWarnings();
  const epochs = (saved: tf.io.ModelArtifacts[]): number[] =>
    saved.map(({ userDefinedMetadata }) => {
      const [state] = Object.values(userDefinedMetadata as Record<string, { epoch: number }>);
      return state!.epoch;
    });

  test.each([
    [undefined, 0, [1, 2, 3, 4, 5]],
    [2, 0, [2, 4, 5]],
    [5, 0, [5]],
    [9, 0, [5]],
    [2, 3, [4, 5]],
  ])('every %p epochs, from epoch %p, saves behind the epochs %p', async (every, initialEpoch, expected) => {
    const { handler, saved } = store();
    const callbacks = checkpoint(handler, every === undefined ? {} : { every });
    await train(net(), 5, { initialEpoch, callbacks });
    expect(epochs(saved)).toEqual(expected);
    await train(net(), 1, { callbacks });
    expect(epochs(saved)).toEqual([...expected, 1]);
  });

  test.each([
    [[{}], 'a URL or a save handler is needed, got {}'],
    [[undefined], 'a URL or a save handler is needed, got undefined'],
    [['x', { every: 0 }], 'every must be a whole number of at least 1, got 0'],
    [['x', { epochs: 3 }], 'options must be among every, best, mode, restoreBest, got epochs'],
  ])('refuses %j', (wrong, message) => {
    expect(() => checkpoint(...(wrong as Parameters<typeof checkpoint>))).toThrow(`checkpoint: ${message}`);
  });
});

describe('the callback checkpoint with best', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const warnings = collectWarnings();
  /** Says what the logs hold, and makes the weights those of the epoch. */
  const scripted = (metric: string, values: number[]): tf.CustomCallback =>
    new tf.CustomCallback({
      onEpochEnd: (epoch, logs) => {
        logs![metric] = values[epoch]!;
        return Promise.resolve();
      },
    });
  const epochs = (saved: tf.io.ModelArtifacts[]): number[] =>
    saved.map(({ userDefinedMetadata }) => {
      const [state] = Object.values(userDefinedMetadata as Record<string, { epoch: number }>);
      return state!.epoch;
    });

  test.each<[string, number[], object, number[]]>([
    ['val_negElbo', [5, 3, 4, 2, 2], {}, [1, 2, 4]],
    ['val_elbo', [5, 3, 6, 2, 7], {}, [1, 3, 5]],
    ['val_elbo', [5, 3, 6, 2, 7], { mode: 'min' }, [1, 2, 4]],
    ['score', [NaN, 3, Infinity, 4, 2], { mode: 'max' }, [2, 4]],
  ])('keeps the best epochs by %s: %p %p', async (best, values, options, expected) => {
    const { handler, saved } = store();
    const callbacks = [scripted(best, values), checkpoint(handler, { best, ...options })];
    await train(net(), 5, { callbacks });
    expect(epochs(saved)).toEqual(expected);
  });

  test('restores the best at the end of training, in memory and from a place', async () => {
    const best = 'val_negElbo';
    const { handler } = store();
    for (const callback of [checkpoint({ best }), checkpoint(handler, { best, restoreBest: true })]) {
      const model = net();
      const ofEpochs: tf.TensorLike[][] = [];
      const watch = new tf.CustomCallback({
        onEpochEnd: () => {
          ofEpochs.push(weightsOf(model));
          return Promise.resolve();
        },
      });
      await train(model, 4, { callbacks: [scripted(best, [3, 1, 2, 2]), watch, callback] });
      expect(weightsOf(model)).toEqual(ofEpochs[1]);
      expect(ofEpochs[3]).not.toEqual(ofEpochs[1]);
    }
    expect(await warnings()).toEqual([]);
  });

  test('goes on from the best that was saved, and begins anew at epoch 0', async () => {
    const { handler, saved } = store();
    const fit = async (values: number[], initialEpoch: number): Promise<void> => {
      const callbacks = [scripted('m', values), checkpoint(handler, { best: 'm' })];
      await train(net(), 4, { callbacks, initialEpoch });
    };
    await fit([4, 2, 3, 3], 0);
    expect(epochs(saved)).toEqual([1, 2]);
    await fit([0, 0, 3, 1], 2);
    expect(epochs(saved)).toEqual([1, 2, 4]);
    await fit([9, 10, 10, 10], 0);
    expect(epochs(saved)).toEqual([1, 2, 4, 1]);
  });

  test('says which metrics there are where it is none of them', async () => {
    const callbacks = checkpoint({ best: 'val_loss' });
    await expect(train(net(), 1, { callbacks })).rejects.toThrow(
      'best must name a metric of the logs, which hold "loss", "squares", got "val_loss"',
    );
  });

  test('never keeps an epoch with a weight that is not finite, warns once and trains on', async () => {
    const { handler, saved } = store();
    const model = net();
    const spoil = new tf.CustomCallback({
      onEpochEnd: (epoch) => {
        if (epoch === 1) model.layers[1]!.setWeights([tf.fill([3, 1], NaN), tf.zeros([1])]);
        return Promise.resolve();
      },
    });
    const { history } = await model.fit(tf.ones([4, 2]), tf.ones([4, 1]), {
      epochs: 4,
      verbose: 0,
      callbacks: [spoil, checkpoint(handler)],
    });
    expect(history.loss).toHaveLength(4);
    expect(epochs(saved)).toEqual([1]);
    const said = (await warnings()).filter((message) => message.includes('is not saved'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('epoch 2 is not saved, since there is a value of NaN in dense');
  });

  test('says so where no epoch was finite', async () => {
    const callbacks = [scripted('m', [NaN]), checkpoint({ best: 'm' })];
    await train(net(), 1, { callbacks });
    expect((await warnings()).at(-1)).toContain('"m" was finite in no epoch');
  });

  test('refuses, when training begins, an optimizer that cannot be saved', async () => {
    await expect(
      train(net(tf.train.adamax(0.05)), 1, { callbacks: checkpoint(store().handler) }),
    ).rejects.toThrow('getWeights() is not implemented for Adamax');
  });

  const { handler } = store();
  test.each([
    [[handler, { best: 'm', every: 2 }], 'only one of every and best may be given, got both'],
    [[handler, { best: 3 }], 'best must be the name of a metric, got 3'],
    [[handler, { best: 'm', mode: 'up' }], 'mode must be among "auto", "min", "max", got "up"'],
    [[handler, { mode: 'min' }], 'mode and restoreBest need the metric best, got none'],
    [[handler, { restoreBest: true }], 'mode and restoreBest need the metric best, got none'],
    [
      [{ save: handler.save }, { best: 'm', restoreBest: true }],
      'restoreBest needs a place that can be loaded',
    ],
  ])('refuses %j', (wrong, message) => {
    expect(() => checkpoint(...(wrong as Parameters<typeof checkpoint>))).toThrow(`checkpoint: ${message}`);
  });
});

describe('a checkpoint refuses', () => {
  beforeAll(() => tf.setBackend('cpu'));
  collectWarnings();

  test.each([
    [
      'an optimizer of another class',
      () => net(tf.train.sgd(0.1)),
      'must be of the class "Adam" whose state was saved, got "SGD"',
    ],
    [
      'another net',
      () => net(undefined, 4),
      'A_mean must be of dtype float32 and shape [2, 4], got float32 [2, 3]; is it another net?',
    ],
  ])('%s, and leaves the model as it is', async (_, build, message) => {
    const { handler } = store();
    const model = net();
    await train(model, 1);
    await saveCheckpoint(model, handler);
    const other = build();
    const before = [weightsOf(other), tf.memory().numTensors];
    await expect(restoreCheckpoint(other, handler)).rejects.toThrow(message);
    expect([weightsOf(other), tf.memory().numTensors]).toEqual(before);
  });

  test('a model that is not compiled, to save and to restore', async () => {
    const { handler } = store();
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    await expect(saveCheckpoint(model, handler)).rejects.toThrow('checkpoint: the model must be compiled');
    await expect(restoreCheckpoint(model, handler)).rejects.toThrow('checkpoint: the model must be compiled');
  });

  test('a plain saved model, a later format, and what is no format', async () => {
    const { handler, saved } = store();
    const model = net();
    await model.save(handler);
    await expect(restoreCheckpoint(net(), handler)).rejects.toThrow(
      'a saved checkpoint is needed, got a model without one; load it by tf.loadLayersModel',
    );
    await saveCheckpoint(model, handler);
    const [[, state]] = Object.entries(saved.at(-1)!.userDefinedMetadata!) as [[string, object]];
    for (const [format, got] of [
      [3, '3; update tfjs-bnn'],
      [-1, '-1.'],
      [0.5, '0.5.'],
      ['1', '"1".'],
    ]) {
      const { checksum: _, ...unsealed } = { ...state, format } as unknown as State;
      const { userDefinedMetadata } = sealed(saved.at(-1)!, unsealed);
      saved.push({ ...saved.at(-1)!, userDefinedMetadata });
      await expect(restoreCheckpoint(net(), handler)).rejects.toThrow(
        `the format of a saved checkpoint must be a whole number from 1 to 2, got ${got}`,
      );
    }
  });

  test('an optimizer that does not hand over its state', async () => {
    await expect(saveCheckpoint(net(tf.train.adamax(0.05)), store().handler)).rejects.toThrow(
      'getWeights() is not implemented for Adamax',
    );
  });

  test('a URL that nobody knows', async () => {
    await expect(saveCheckpoint(net(), 'nowhere://x')).rejects.toThrow(
      'one handler must know the URL, got 0 for "nowhere://x"',
    );
  });
});
