import * as tf from '@tensorflow/tfjs';
import * as check from '../../src/check';
import { bayesianLayers } from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import { checkpoint } from '../../src/checkpoint/checkpoint';
import { elboReport } from '../../src/train/elboReport';
import { arrangements } from '../helpers/arrangements';
import { eachBackend } from '../helpers/eachBackend';
import { fitOptions, historyOf, klOf, net, WITHOUT_BIASES } from '../helpers/elboNets';
import { dataFor, squares } from '../helpers/modelData';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

eachBackend('elboReport', () => {
  const warnings = collectWarnings();

  test.each([1, 0.1, 0])(
    'reports nll and kl apart, and the elbo with klWeight 1 (trained with %p)',
    async (weight) => {
      const model = net(1 / 8, weight);
      const { xs, ys, dispose } = dataFor(model, 10);
      const history = await historyOf(
        model.fit(xs, ys, fitOptions({ validationSplit: 0.2, callbacks: elboReport() })),
      );
      expectAllClose(history.nll!, history.squares!, { rtol: 1e-4 });
      expectAllClose(history.val_nll!, history.val_loss!, { rtol: 1e-6 });
      // The loss is what it says: nll + weight · kl.
      const [nll, kl] = [history.nll!, history.kl!];
      expectAllClose(history.loss!, nll.map((v, i) => v + weight * kl[i]!), { rtol: 1e-5 }); // prettier-ignore
      expectAllClose(history.elbo!, nll.map((v, i) => -v - kl[i]!), { rtol: 1e-6 }); // prettier-ignore
      const val_kl = klOf(model) / 8;
      expectAllClose(history.val_kl![1]!, val_kl, { rtol: 1e-5 });
      expectAllClose(history.val_negElbo![1]!, history.val_loss![1]! + val_kl, { rtol: 1e-5 });
      expectAllClose(history.val_elbo!.map((v) => -v), history.val_negElbo!, { rtol: 1e-6 }); // prettier-ignore
      expect((await warnings()).filter((text) => text.includes('elboReport'))).toEqual(
        weight === 1
          ? []
          : [
              `tfjs-bnn: elboReport: training uses the klWeight ${weight}; kl and elbo are reported with klWeight 1.`,
            ],
      );
      dispose();
    },
  );

  test('the kl of a step is that of the weights before it', async () => {
    const model = net(1 / 4);
    const { xs, ys, dispose } = dataFor(model, 4);
    const before = klOf(model) / 4;
    const history = await historyOf(model.fit(xs, ys, fitOptions({ epochs: 1, callbacks: elboReport() })));
    expectAllClose(history.kl!, [before], { rtol: 1e-5 });
    expect(klOf(model) / 4).not.toBeCloseTo(before, 5);
    dispose();
  });

  test('the kl of each step is that of the weights before it, and comes from the pass', async () => {
    const model = net(1 / 8, 0.5);
    const { xs, ys, dispose } = dataFor(model, 8);
    const before: number[] = [];
    const said: number[] = [];
    const look = new tf.CustomCallback({
      onBatchBegin: () => void before.push(klOf(model) / 8),
      onBatchEnd: (_, logs) => void said.push(logs!.kl!),
    });
    await model.fit(xs, ys, fitOptions({ epochs: 3, batchSize: 2, callbacks: [elboReport(), look] }));
    expect(new Set(said).size).toBe(12);
    expectAllClose(said, before, { rtol: 1e-5 });
    // Nobody else asks: the first step alone does it by itself.
    const asked = bayesianLayers(model).map((layer) => jest.spyOn(layer, 'kl'));
    await model.fit(xs, ys, fitOptions({ epochs: 3, batchSize: 2, callbacks: elboReport() }));
    for (const kl of asked) expect(kl).toHaveBeenCalledTimes(1);
    dispose();
  });

  test('steps have nll and kl in their logs, for the callbacks behind it; nothing is leaked', async () => {
    const model = net(1 / 4);
    const { xs, ys, dispose } = dataFor(model, 4);
    await model.trainOnBatch(xs, ys);
    const before = tf.memory().numTensors;
    const steps: tf.Logs[] = [];
    const last = new tf.CustomCallback({ onBatchEnd: (_, logs) => { steps.push({ ...logs }); } }); // prettier-ignore
    await model.fit(xs, ys, fitOptions({ batchSize: 2, callbacks: [elboReport(), last] }));
    expect(tf.memory().numTensors).toBe(before);
    expect(steps).toHaveLength(4);
    for (const { loss, nll, kl, squares: metric } of steps) {
      expectAllClose(nll!, metric!, { rtol: 1e-4 });
      expectAllClose(loss!, nll! + kl!, { rtol: 1e-5 });
    }
    dispose();
  });

  test.each(['onEpochBegin', 'onBatchBegin', 'onBatchEnd', 'onEpochEnd'] as const)(
    'leaves nothing behind when another callback throws in %s, before or after it',
    async (hook) => {
      const model = net(1 / 4);
      const { xs, ys, dispose } = dataFor(model, 4);
      await model.trainOnBatch(xs, ys);
      // TensorFlow.js leaves something behind itself.
      const leftBy = async (around: (thrower: object) => object[]): Promise<number> => {
        let calls = 0;
        const thrower = new tf.CustomCallback({
          [hook]: () => {
            if (++calls === 2) throw new Error('enough');
          },
        });
        const before = tf.memory().numTensors;
        const run = fitOptions({ batchSize: 2, callbacks: around(thrower) });
        await expect(model.fit(xs, ys, run)).rejects.toThrow('enough');
        return tf.memory().numTensors - before;
      };
      const own = await leftBy((thrower) => [thrower]);
      expect(await leftBy((thrower) => [elboReport(), thrower])).toBe(own);
      expect(await leftBy((thrower) => [thrower, elboReport()])).toBe(own);
      dispose();
    },
  );

  test('in fitDataset N comes from the layers, and the validation data are reported', async () => {
    const model = net(1 / 8);
    const { xs, ys, dispose } = dataFor(model, 8);
    const batches = (): tf.data.Dataset<tf.TensorContainer> =>
      tf.data.generator(function* () {
        for (const start of [0, 4]) yield { xs: xs.slice(start, 4), ys: (ys as tf.Tensor).slice(start, 4) };
      });
    const history = await historyOf(
      model.fitDataset(batches(), {
        ...{ epochs: 2, verbose: 0, validationData: batches(), callbacks: elboReport() },
      }),
    );
    expectAllClose(history.nll!, history.squares!, { rtol: 1e-4 });
    expectAllClose(history.val_kl![1]!, klOf(model) / 8, { rtol: 1e-5 });
    expect(await warnings()).toEqual([]);
    dispose();
  });

  test('of an epoch without a batch, where a dataset runs out, it has as little to say as fit', async () => {
    jest.spyOn(console, 'warn').mockReturnValue();
    const model = net(1 / 8);
    const { xs, ys, dispose } = dataFor(model, 8);
    const data = tf.data.array([0]).map(() => ({ xs, ys }));
    const history = await historyOf(
      model.fitDataset(data, {
        ...{ epochs: 3, batchesPerEpoch: 1, verbose: 0 },
        callbacks: [elboReport(), checkpoint({ best: 'elbo' })],
      }),
    );
    expect(Object.values(history).map(({ length }) => length)).toEqual(Object.keys(history).map(() => 1));
    expect(history.elbo).toEqual([expect.any(Number)]);
    dispose();
  });

  test('early stopping can watch val_negElbo', async () => {
    const model = net(1 / 8);
    model.compile({ optimizer: tf.train.sgd(0), loss: squares });
    const { xs, ys, dispose } = dataFor(model, 10);
    const stop = tf.callbacks.earlyStopping({ monitor: 'val_negElbo', minDelta: 1e6 });
    const history = await historyOf(
      model.fit(xs, ys, fitOptions({ epochs: 9, validationSplit: 0.2, callbacks: [elboReport(), stop] })),
    );
    expect(history.val_negElbo).toHaveLength(2);
    dispose();
  });
});

describe('elboReport', () => {
  beforeAll(() => tf.setBackend('cpu'));
  collectWarnings();

  const hidden = (args: object = {}) =>
    hiddenLayer({ units: 3, KL_factor: 1 / 6, ...WITHOUT_BIASES, ...args });
  test.each(Object.entries(arrangements(hidden, 3)))('counts each layer once: %s', async (_, build) => {
    const model = build();
    model.compile({ optimizer: tf.train.sgd(0), loss: squares });
    const { xs, ys, dispose } = dataFor(model, 6);
    const callbacks = elboReport();
    const history = await historyOf(
      model.fit(xs, ys, {
        ...fitOptions({ batchSize: 6, callbacks }),
        validationData: [xs, ys],
      } as object),
    );
    const kl = klOf(model) / 6;
    expectAllClose(history.kl!, [kl, kl], { rtol: 1e-5 });
    expectAllClose(history.nll!, history.loss!.map((loss) => loss - kl), { rtol: 1e-4 }); // prettier-ignore
    // All outputs, not the first alone: with little noise training and validation are alike.
    for (const [i, nll] of history.nll!.entries())
      expect(Math.abs(history.val_nll![i]! / nll - 1)).toBeLessThan(0.35);
    dispose();
  });

  test('a klWeight that is 0 for a while, and a layer whose KL the loss does not have', async () => {
    const inner = tf.sequential({
      layers: [hiddenLayer({ units: 3, KL_factor: 1 / 4, inputShape: [2], ...WITHOUT_BIASES })],
    });
    const layers = [
      tf.layers.timeDistributed({ layer: inner, inputShape: [2, 2] }),
      tf.layers.flatten(),
      hiddenLayer({ units: 1, KL_factor: 1 / 4, klWeight: 0, non_linearity: 'linear', ...WITHOUT_BIASES }),
    ];
    const model = tf.sequential({ layers });
    model.compile({ optimizer: tf.train.adam(0.1), loss: squares });
    const [x, y] = [tf.randomNormal([4, 2, 2], 0, 1, 'float32', 1), tf.zeros([4, 1])];
    const before: number[] = [];
    const look = new tf.CustomCallback({
      onEpochBegin: (epoch) => {
        if (epoch === 2) bayesianLayers(model)[1]!.klWeight = 1;
      },
      onBatchBegin: () => void before.push(klOf(model) / 4),
    });
    const callbacks = [elboReport(), look];
    const history = await historyOf(model.fit(x, y, fitOptions({ epochs: 5, callbacks })));
    expectAllClose(history.kl!, before, { rtol: 1e-5 });
    tf.dispose([x, y]);
  });

  test('on a GPU it reads nothing in a step, and says the same', async () => {
    const train = async (callbacks: tf.Callback[]): Promise<Record<string, unknown>> => {
      const model = net(1 / 8);
      const { xs, ys, dispose } = dataFor(model, 8);
      await model.trainOnBatch(xs, ys);
      const before = tf.memory().numTensors;
      const dataSync = jest.spyOn(tf.Tensor.prototype, 'dataSync');
      const training = model.fit(xs, ys, fitOptions({ callbacks }));
      const history = await historyOf(training);
      const reads = dataSync.mock.calls.length;
      dataSync.mockRestore();
      const left = tf.memory().numTensors - before;
      dispose();
      return { history, reads, left };
    };
    // This backend's kernels read. A GPU has none.
    tf.env().set('BNN_KERNELS', false);
    const usual = await train([elboReport()]);
    const onGPU = jest.spyOn(check, 'isOnGPU').mockReturnValue(true);
    const without = await train([]);
    const { history, reads, left } = await train([elboReport()]);
    onGPU.mockRestore();
    tf.env().set('BNN_KERNELS', true);
    expect(left).toBe(without.left);
    expect(reads).toBe(without.reads);
    const [found, expected] = [history, usual.history] as Array<Record<string, number[]>>;
    for (const name of ['nll', 'kl', 'elbo']) expectAllClose(found![name]!, expected![name]!, { rtol: 1e-5 });
  });

  test('an error leaves no ear at the layers', async () => {
    const model = net(1 / 4);
    const { xs, ys, dispose } = dataFor(model, 4);
    const [layer] = bayesianLayers(model);
    const stops: jest.Mock[] = [];
    const { hearKL } = layer!;
    layer!.hearKL = (hear) => {
      const stop = jest.fn(hearKL!.call(layer, hear));
      stops.push(stop);
      return stop;
    };
    const fails = new tf.CustomCallback({
      onBatchEnd: () => {
        throw new Error('mine');
      },
    });
    const callbacks = [elboReport(), fails];
    await expect(model.fit(xs, ys, fitOptions({ callbacks }))).rejects.toThrow('mine');
    expect(stops[0]).not.toHaveBeenCalled();
    // The next step of anybody's shows that it is over.
    await model.trainOnBatch(xs, ys);
    expect(stops).toHaveLength(1);
    expect(stops[0]).toHaveBeenCalledTimes(1);
    dispose();
  });

  test('refuses a model without a Bayesian layer', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = tf.ones([4, 2]);
    await expect(model.fit(x, tf.ones([4, 1]), fitOptions({ callbacks: elboReport() }))).rejects.toThrow(
      'elboReport: the model must hold a Bayesian layer, got none',
    );
  });
});
