import * as tf from '@tensorflow/tfjs';
import { checkpoint } from '../../src/checkpoint/checkpoint';
import { restoreCheckpoint, saveCheckpoint } from '../../src/checkpoint/savedTraining';
import { sealed, type State } from '../../src/checkpoint/sealed';
import { epochsOf, net, store, train, weightsOf } from '../helpers/checkpointNets';
import { eachBackend } from '../helpers/eachBackend';
import { squares } from '../helpers/modelData';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

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
    expect(epochsOf(saved)).toEqual(expected);
    await train(net(), 1, { callbacks });
    expect(epochsOf(saved)).toEqual([...expected, 1]);
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
