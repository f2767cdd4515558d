import * as tf from '@tensorflow/tfjs';
import * as check from '../../src/check';
import { bayesianLayers } from '../../src/layers/bayesian';
import * as family from '../../src/layers/family';
import { hiddenLayer } from '../../src/layers/hidden';
import { elboReport, type ElboReportOptions } from '../../src/train/elboReport';
import { arrangements } from '../helpers/arrangements';
import { dataFor, squares, valueOf } from '../helpers/checkLayer';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

const options = { include_hidden_bias: false, include_input_bias: false } as const;
const net = (KL_factor: number, klWeight = 1): tf.Sequential => {
  const layers = [
    hiddenLayer({ units: 4, KL_factor, klWeight, inputShape: [3], seed: 1, ...options }),
    hiddenLayer({ units: 2, KL_factor, klWeight, seed: 2, non_linearity: 'linear', ...options }),
  ];
  const model = tf.sequential({ layers });
  // The loss as a metric too: what it averages to without the KL, by TensorFlow.js itself.
  model.compile({ optimizer: tf.train.adam(0.01), loss: squares, metrics: [squares] });
  return model;
};
const klOf = (model: tf.LayersModel): number =>
  bayesianLayers(model).reduce((sum, layer) => sum + valueOf(layer.kl()), 0);
/** Trains, and gives the history in numbers, as it is when training has ended. */
const historyOf = async (training: Promise<tf.History>): Promise<Record<string, number[]>> =>
  (await training).history as Record<string, number[]>;
const fitOptions = (more: object): object => ({
  epochs: 2,
  batchSize: 4,
  shuffle: false,
  verbose: 0,
  ...more,
});

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

  test('penalties of a plain body are in the loss, and not in nll and elbo', async () => {
    const [L2, L1] = [0.3, 0.2];
    const body = tf.layers.dense({
      ...{ units: 4, inputShape: [3], activation: 'tanh' as const },
      kernelRegularizer: tf.regularizers.l2({ l2: L2 }),
      biasRegularizer: tf.regularizers.l1({ l1: L1 }),
      biasInitializer: 'ones',
    });
    const last = family.dense({ units: 2, datasetSize: 8, klWeight: 0.5, seed: 3 });
    const model = tf.sequential({ layers: [body, last] });
    model.compile({ optimizer: tf.train.adam(0.05), loss: squares, metrics: [squares] });
    const { xs, ys, dispose } = dataFor(model, 10);
    const penalty = (): number => {
      const [kernel, bias] = body.getWeights().map((t) => Array.from(t.dataSync()));
      return (
        L2 * kernel!.reduce((sum, w) => sum + w * w, 0) + L1 * bias!.reduce((sum, w) => sum + Math.abs(w), 0)
      );
    };
    const before: number[] = [];
    // A call in training whose loss nobody takes, as MC dropout makes them, changes nothing.
    const look = new tf.CustomCallback({
      onBatchBegin: () => void before.push(penalty()),
      onBatchEnd: () => tf.dispose(model.apply(xs, { training: true }) as tf.Tensor),
    });
    const tensors = async (): Promise<[Record<string, number[]>, number]> => {
      const there = tf.memory().numTensors;
      const callbacks = [elboReport(), look];
      const run = fitOptions({ batchSize: 8, validationSplit: 0.2, callbacks });
      const history = await historyOf(model.fit(xs, ys, run));
      return [history, tf.memory().numTensors - there];
    };
    await tensors();
    before.length = 0;
    const [history, left] = await tensors();
    expect(left).toBe(0);
    const { loss, nll, kl, elbo } = history;
    expectAllClose(loss!, nll!.map((v, i) => v + 0.5 * kl![i]! + before[i]!), { rtol: 1e-5 }); // prettier-ignore
    // The data's part, by TensorFlow.js itself.
    expectAllClose(nll!, history.squares!, { rtol: 1e-4 });
    expectAllClose(elbo!, nll!.map((v, i) => -v - kl![i]!), { rtol: 1e-6 }); // prettier-ignore
    expectAllClose(history.val_nll!, history.val_loss!, { rtol: 1e-6 });
    expect(Math.min(...before)).toBeGreaterThan(0.5);
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
  const warnings = collectWarnings();

  const hidden = (args: object = {}) => hiddenLayer({ units: 3, KL_factor: 1 / 6, ...options, ...args });
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

  test('penalties count as often as fit counts them, and where there are none nobody asks', async () => {
    const plain = (): tf.layers.Layer =>
      tf.layers.dense({ units: 3, kernelRegularizer: tf.regularizers.l2({ l2: 0.3 }), inputShape: [3] });
    const nllBesideMetric = async (model: tf.LayersModel): Promise<void> => {
      model.compile({ optimizer: tf.train.sgd(0.01), loss: squares, metrics: [squares] });
      const { xs, ys, dispose } = dataFor(model, 6);
      const run = fitOptions({ batchSize: 6, callbacks: elboReport({ datasetSize: 6 }) });
      const { nll, squares: data } = await historyOf(model.fit(xs, ys, run));
      expectAllClose(nll!, data!, { rtol: 1e-4 });
      dispose();
    };
    const last = (): tf.layers.Layer => hidden({ non_linearity: 'tanh' });
    const shared = plain();
    const input = tf.input({ shape: [3] });
    const twice = shared.apply(shared.apply(input)) as tf.SymbolicTensor;
    const functional = tf.model({ inputs: input, outputs: last().apply(twice) as tf.SymbolicTensor });
    await nllBesideMetric(functional);
    // TensorFlow.js leaves these out of the loss.
    await nllBesideMetric(tf.sequential({ layers: [tf.sequential({ layers: [plain()] }), last()] }));
    const without = net(1 / 6);
    const asked = jest.spyOn(without.layers[0]!, 'calculateLosses');
    await nllBesideMetric(without);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(await warnings()).toEqual([]);
  });

  test('warns when the layers were told another number of examples than fit trains on, each time', async () => {
    const model = net(1 / 10);
    const { xs, ys, dispose } = dataFor(model, 10);
    const run = { epochs: 1, validationSplit: 0.2, callbacks: elboReport() };
    await model.fit(xs, ys, fitOptions(run));
    const [first, second] = bayesianLayers(model).map(({ name }) => name);
    expect(await warnings()).toEqual([
      'tfjs-bnn: elboReport: 8 examples are trained on, so KL_factor must be 1/8 for the loss to be the negative ELBO per example; ' +
        `${first} has 1/10, ${second} has 1/10. setDatasetSize(model, 8) sets it for all layers; the rows of a validation split do not count.`,
    ]);
    dispose();
  });

  test('a klWeight that is 0 for a while, and a layer whose KL the loss does not have', async () => {
    const inner = tf.sequential({
      layers: [hiddenLayer({ units: 3, KL_factor: 1 / 4, inputShape: [2], ...options })],
    });
    const layers = [
      tf.layers.timeDistributed({ layer: inner, inputShape: [2, 2] }),
      tf.layers.flatten(),
      hiddenLayer({ units: 1, KL_factor: 1 / 4, klWeight: 0, non_linearity: 'linear', ...options }),
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

  test('takes a datasetSize that counts something else, e.g. positions', async () => {
    const model = net(1 / 80);
    const { xs, ys, dispose } = dataFor(model, 10);
    const history = await historyOf(
      model.fit(xs, ys, fitOptions({ epochs: 1, callbacks: elboReport({ datasetSize: 80 }) })),
    );
    expect(await warnings()).toEqual([]);
    expect(history.kl![0]).toBeLessThan(klOf(model) / 40);
    dispose();
  });

  test('in fitDataset needs to know N', async () => {
    const model = net(1);
    const { xs, ys, dispose } = dataFor(model, 4);
    const dataset = tf.data.generator(function* () {
      yield { xs: xs.clone(), ys: (ys as tf.Tensor).clone() };
    });
    await expect(
      model.fitDataset(dataset, { epochs: 1, verbose: 0, callbacks: elboReport() }),
    ).rejects.toThrow('fitDataset does not tell it: elboReport({datasetSize: N})');
    dispose();
  });

  test.each([
    [{ datasetSize: 0 }, 'datasetSize must be a whole number of at least 1, got 0'],
    [{ N: 10 }, 'options must be among datasetSize, got N'],
  ])('refuses %j', (wrong, message) => {
    expect(() => elboReport(wrong as ElboReportOptions)).toThrow(`elboReport: ${message}`);
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
