import * as tf from '@tensorflow/tfjs';
import { checkpoint } from '../../src/checkpoint/checkpoint';
import { epochsOf, net, store, train, weightsOf } from '../helpers/checkpointNets';
import { collectWarnings } from '../helpers/warnings';

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

  test.each<[string, number[], object, number[]]>([
    ['val_negElbo', [5, 3, 4, 2, 2], {}, [1, 2, 4]],
    ['val_elbo', [5, 3, 6, 2, 7], {}, [1, 3, 5]],
    ['val_elbo', [5, 3, 6, 2, 7], { mode: 'min' }, [1, 2, 4]],
    ['score', [NaN, 3, Infinity, 4, 2], { mode: 'max' }, [2, 4]],
  ])('keeps the best epochs by %s: %p %p', async (best, values, options, expected) => {
    const { handler, saved } = store();
    const callbacks = [scripted(best, values), checkpoint(handler, { best, ...options })];
    await train(net(), 5, { callbacks });
    expect(epochsOf(saved)).toEqual(expected);
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
    expect(epochsOf(saved)).toEqual([1, 2]);
    await fit([0, 0, 3, 1], 2);
    expect(epochsOf(saved)).toEqual([1, 2, 4]);
    await fit([9, 10, 10, 10], 0);
    expect(epochsOf(saved)).toEqual([1, 2, 4, 1]);
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
    expect(epochsOf(saved)).toEqual([1]);
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
