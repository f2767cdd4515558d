import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { bayesianLayers } from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { elboReport } from '../../src/train/elboReport';
import { setKLWeight } from '../../src/train/klFactor';
import { klWarmup } from '../../src/train/klWarmup';
import { learningRateSchedule } from '../../src/train/learningRateSchedule';
import { trainingRecipe, type TrainingRecipeOptions } from '../../src/train/trainingRecipe';
import { eachBackend } from '../helpers/eachBackend';
import { dataFor, squares } from '../helpers/modelData';
import { collectWarnings } from '../helpers/warnings';

const options = { include_hidden_bias: false, include_input_bias: false } as const;
const net = (optimizer: tf.Optimizer | string = adam({ learningRate: 0.01 })): tf.Sequential => {
  const layers = [
    hiddenLayer({ units: 4, inputShape: [3], seed: 1, ...options }),
    hiddenLayer({ units: 2, seed: 2, non_linearity: 'linear', ...options }),
  ];
  const model = tf.sequential({ layers });
  model.compile({ optimizer, loss: squares });
  return model;
};

/** What is printed. */
function printed(): string[] {
  const lines: string[] = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  return lines;
}
afterEach(() => jest.restoreAllMocks());

const RUN = { batchSize: 4, shuffle: false, verbose: 0 } as const;

eachBackend('trainingRecipe', () => {
  const warnings = collectWarnings();

  test('sets N, moves KL and rate in each step, reports, gives both back and says a last line', async () => {
    const lines = printed();
    const model = net();
    const { xs, ys, dispose } = dataFor(model, 8);
    const seen: Array<[number, number]> = [];
    const look = new tf.CustomCallback({
      onBatchBegin: () => {
        const { learningRate } = model.optimizer as unknown as { learningRate: number };
        seen.push([bayesianLayers(model)[0]!.klWeight, learningRate]);
      },
    });
    const callbacks = [...trainingRecipe(model, { epochs: 5, datasetSize: 8 }), look];
    const { history } = await model.fit(xs, ys, { ...RUN, epochs: 5, callbacks });
    expect(bayesianLayers(model).map(({ klFactor }) => klFactor)).toEqual([1 / 8, 1 / 8]);
    expect(seen.map(([weight]) => weight)).toEqual([0, 0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1, 1]);
    seen.forEach(([, rate], step) =>
      expect(rate).toBeCloseTo(0.005 * (1 + Math.cos((Math.PI * step) / 10)), 8),
    );
    expect(bayesianLayers(model)[0]!.klWeight).toBe(1);
    expect(model.optimizer.getConfig().learningRate).toBe(0.01);
    expect(Object.keys(history)).toEqual(expect.arrayContaining(['loss', 'nll', 'kl', 'elbo']));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^tfjs-bnn: trainingRecipe: the posterior .*, KL [\d.]+\)\.$/);
    expect(await warnings()).toEqual([]);
    dispose();
  });

  test('warns where fit trains on another number of examples than it was told', async () => {
    const model = net();
    const { xs, ys, dispose } = dataFor(model, 8);
    const callbacks = trainingRecipe(model, { epochs: 1, datasetSize: 8, quiet: true });
    await model.fit(xs, ys, { ...RUN, epochs: 1, validationSplit: 0.5, callbacks });
    expect(await warnings()).toEqual([
      'tfjs-bnn: trainingRecipe: 4 examples are trained on, so datasetSize must be 4 for the loss to be the negative ELBO ' +
        'per example, got 8; the rows of a validation split do not count.',
    ]);
    dispose();
  });

  test('leaves nothing behind', async () => {
    printed();
    const model = net();
    const { xs, ys, dispose } = dataFor(model, 8);
    const train = (): Promise<tf.History> =>
      model.fit(xs, ys, {
        ...{ ...RUN, epochs: 3, validationSplit: 0.5 },
        callbacks: trainingRecipe(model, { epochs: 3, datasetSize: 4, restoreBest: 'val_negElbo' }),
      });
    await train();
    const before = tf.memory().numTensors;
    await train();
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });
});

describe('trainingRecipe', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const warnings = collectWarnings();

  /** The last line of a training of one step an epoch. */
  async function lastLine(
    model: tf.LayersModel,
    { epochs, until = epochs, ...more }: { epochs: number; until?: number } & Partial<TrainingRecipeOptions>,
  ): Promise<string> {
    const lines = printed();
    const { xs, ys, dispose } = dataFor(model, 4);
    const stop = new tf.CustomCallback({
      onEpochEnd: (epoch) => {
        if (epoch + 1 === until) model.stopTraining = true;
      },
    });
    const callbacks = [...trainingRecipe(model, { epochs, datasetSize: 4, ...more }), stop];
    await model.fit(xs, ys, { ...RUN, epochs, callbacks });
    dispose();
    return lines.join('\n');
  }

  /** A net of 41 weights and a noise that is known. */
  async function lineOf(epochs: number, klWeight: number, batchSize: number): Promise<string> {
    const lines = printed();
    const model = tf.sequential({
      layers: [
        hiddenLayer({ units: 8, inputShape: [3], include_input_bias: true, klWeight, seed: 1 }),
        hiddenLayer({ ...options, units: 1, non_linearity: 'linear', klWeight, seed: 2 }),
      ],
    });
    model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: gaussianNLL({ stddev: 0.3 }) });
    const x = tf.randomNormal([64, 3], 0, 1, 'float32', 1);
    const y = tf.tidy(() => tf.sum(tf.sin(x), 1, true));
    const callbacks = trainingRecipe(model, { epochs, datasetSize: 64, stopOnNaN: false });
    await model.fit(x, y, { ...RUN, batchSize, epochs, callbacks, yieldEvery: 'never' });
    tf.dispose([x, y]);
    return lines.join('\n');
  }

  test.each([1, 0.2])('stopped early, not come to rest: trained with klWeight %p', async (klWeight) => {
    expect(await lineOf(60, klWeight, 64)).toMatch(
      /the posterior has not come to rest: by the gradients of the last \d+ epochs, the stddevs are (more than )?\d+ % from where the loss is smallest \(those of \S+ would be [\d.]+ times as large there\)\..* train for more epochs/,
    );
  });

  test.each([
    [1, 300],
    [0.2, 300],
  ])('trained long, come to rest: with klWeight %p, %p epochs', async (klWeight, epochs) => {
    expect(await lineOf(epochs, klWeight, 16)).toMatch(
      /: the posterior has come to rest: by the gradients of the last \d+ epochs, the stddevs are [0-5] % from/,
    );
  });

  test('says no NaN of epochs without a batch, where a dataset runs out', async () => {
    const lines = printed();
    jest.spyOn(console, 'warn').mockReturnValue();
    const model = net();
    const { xs, ys, dispose } = dataFor(model, 8);
    const data = tf.data.array([0]).map(() => ({ xs, ys }));
    const callbacks = trainingRecipe(model, { epochs: 2, datasetSize: 8 });
    await model.fitDataset(data, {
      epochs: 2,
      batchesPerEpoch: 3,
      verbose: 0,
      callbacks,
    });
    expect(lines.join()).toMatch(/the posterior has not come to rest: [^E]*$/);
    dispose();
  });

  test('a few noisy steps do not tell', async () => {
    expect(await lineOf(15, 0.2, 16)).toMatch(
      /whether the posterior has come to rest cannot be told from so few steps: by the gradients of the last 3 epochs, the stddevs are \d+ to (more than )?\d+ % from/,
    );
  });

  test('broken off, an optimizer whose steps have no size of their own, no KL, and no line', async () => {
    expect(await lastLine(net(), { epochs: 10, until: 3 })).toContain(
      'training ended after epoch 3 of 10, while the KL was still coming in: this is an early-stopped net',
    );
    expect(await lastLine(net(), { epochs: 10, until: 9 })).toContain('after epoch 9 of 10: this is an');
    expect(await lastLine(net('sgd'), { epochs: 10 })).toContain(
      'the posterior has not come to rest: by the',
    );
    const untempered = net();
    setKLWeight(untempered, 0);
    expect(await lastLine(untempered, { epochs: 10 })).toContain('no stddev was trained under a KL');
    expect(await lastLine(net(), { epochs: 10, quiet: true })).toBe('');
  });

  test('restores the best epoch, and the last line is of the last', async () => {
    const model = net(adam({ learningRate: 0.3 }));
    printed();
    const { xs, ys, dispose } = dataFor(model, 8);
    const kept: number[] = [];
    // A metric that is best in the second epoch.
    const mine = new tf.CustomCallback({
      onEpochEnd: (epoch, logs) => {
        logs!.mine = Math.abs(epoch - 1);
        kept.push(model.getWeights()[0]!.dataSync()[0]!);
      },
    });
    const recipe = trainingRecipe(model, { epochs: 4, datasetSize: 8, restoreBest: 'mine' });
    await model.fit(xs, ys, { ...RUN, epochs: 4, callbacks: [mine, ...recipe] });
    expect(new Set(kept).size).toBe(4);
    expect(model.getWeights()[0]!.dataSync()[0]).toBe(kept[1]);
    dispose();
  });

  test('in fitDataset, and where training goes on', async () => {
    const lines = printed();
    const model = net();
    const { xs, ys, dispose } = dataFor(model, 8);
    const batches = tf.data.generator(function* () {
      for (const start of [0, 4]) yield { xs: xs.slice(start, 4), ys: (ys as tf.Tensor).slice(start, 4) };
    });
    const callbacks = trainingRecipe(model, { epochs: 3, datasetSize: 8 });
    const { history } = await model.fitDataset(batches, { epochs: 3, verbose: 0, callbacks });
    expect(history.elbo).toHaveLength(3);
    await model.fit(xs, ys, { ...RUN, initialEpoch: 2, epochs: 3, callbacks });
    expect(lines).toHaveLength(2);
    expect(await warnings()).toEqual([]);
    dispose();
  });

  test('what it leaves out', () => {
    const count = (more: Partial<TrainingRecipeOptions>): number =>
      trainingRecipe(net(), { epochs: 10, datasetSize: 8, ...more }).length;
    const all = count({});
    const without = [
      { klWarmup: 0 },
      { learningRate: false },
      { stopOnNaN: false },
      { quiet: true },
    ] as const;
    for (const more of without) expect(count(more)).toBe(all - 1);
    expect(count({ restoreBest: 'loss' })).toBe(all + 1);
  });

  test('refuses other epochs than fit’s, an optimizer without a rate, twice what it brings itself', async () => {
    const x = tf.ones([4, 3]);
    const y = tf.ones([4, 2]);
    const fit = (model: tf.LayersModel, epochs: number, more: tf.Callback[] = []): Promise<tf.History> =>
      model.fit(x, y, {
        ...{ ...RUN, epochs },
        callbacks: [...trainingRecipe(model, { epochs: 10, datasetSize: 4 }), ...more],
      });
    await expect(fit(net(), 9)).rejects.toThrow(
      'trainingRecipe: epochs must be the same as in fit, 9, got 10; const epochs = …;',
    );
    class NoRate extends tf.Optimizer {
      applyGradients(): void {
        throw new Error('not reached');
      }
      getConfig(): tf.serialization.ConfigDict {
        return {};
      }
    }
    await expect(fit(net(new NoRate()), 10)).rejects.toThrow(
      'trainingRecipe: the optimizer must have a learningRate, a number, got NoRate with undefined',
    );
    await expect(fit(net(), 10, [klWarmup({ epochs: 2 })])).rejects.toThrow('one klWarmup');
    await expect(fit(net(), 10, [learningRateSchedule()])).rejects.toThrow('one learningRateSchedule');
    printed();
    await fit(net(), 10, [elboReport()]);
    tf.dispose([x, y]);
  });

  test('refuses a model without a Bayesian layer', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => trainingRecipe(model, { epochs: 2, datasetSize: 3 })).toThrow(
      'trainingRecipe: the model must hold a Bayesian layer, got none',
    );
  });

  test.each([
    [{ datasetSize: 3 }, 'epochs must be a whole number of at least 1, got undefined'],
    [{ epochs: 3 }, 'datasetSize must be a whole number of at least 1, got undefined'],
    [{ epochs: 3, datasetSize: 3, klWarmup: 5 }, 'klWarmup must be a part of the epochs from 0 to 1, got 5'],
    [
      { epochs: 3, datasetSize: 3, learningRate: 0.1 },
      'learningRate must be one of "cosine", "linear", "step", got 0.1',
    ],
    [{ epochs: 3, datasetSize: 3, restoreBest: true }, 'restoreBest must be the name of a metric, got true'],
    [{ epochs: 3, datasetSize: 3, quiet: 1 }, 'quiet must be true or false, got 1'],
    [{ epochs: 3, datasetSize: 3, batchSize: 3 }, 'options must be among|every option must be a known one'],
  ])('refuses %j', (wrong, message) => {
    expect(() => trainingRecipe(net(), wrong as TrainingRecipeOptions)).toThrow(
      new RegExp(`^trainingRecipe: (${message})`),
    );
  });
});
