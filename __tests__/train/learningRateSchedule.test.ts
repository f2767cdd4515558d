import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { learningRateSchedule, type LearningRateScheduleOptions } from '../../src/train/learningRateSchedule';
import { eachBackend } from '../helpers/eachBackend';

/** One weight, whose gradient is 1 at every step: under sgd it falls by the rate. */
function net(optimizer: tf.Optimizer): tf.Sequential {
  const layer = tf.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'zeros' });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer, loss: (_: tf.Tensor, ŷ: tf.Tensor) => tf.mean(ŷ) });
  return model;
}

const DATA = { x: [1, 1, 1, 1], y: [0, 0, 0, 0] };
const RATE = 0.5;

interface Run {
  epochs: number;
  initialEpoch?: number;
}

/** Rates of the steps, two an epoch, as the optimizer had them. */
async function ratesOf(
  callback: tf.Callback,
  { epochs, initialEpoch = 0 }: Run,
  optimizer: tf.Optimizer = tf.train.adam(RATE),
  inDataset = false,
): Promise<number[]> {
  const model = net(optimizer);
  const rates: number[] = [];
  const look = new tf.CustomCallback({ onBatchBegin: () => void rates.push(rateOf(optimizer)) });
  const [x, y] = [tf.tensor2d(DATA.x, [4, 1]), tf.tensor2d(DATA.y, [4, 1])];
  const callbacks = [callback, look];
  const run = { epochs, initialEpoch, verbose: 0, callbacks };
  if (inDataset) {
    const batches = tf.data.generator(function* () {
      for (let i = 0; i < 2; i++) yield { xs: tf.ones([2, 1]), ys: tf.zeros([2, 1]) };
    });
    await model.fitDataset(batches, run);
  } else await model.fit(x, y, { ...run, batchSize: 2 });
  tf.dispose([x, y]);
  expect(rateOf(optimizer)).toBe(RATE);
  return rates;
}

const rateOf = (optimizer: tf.Optimizer): number =>
  (optimizer as unknown as { learningRate: number }).learningRate;

const rounded = (numbers: number[]): number[] => numbers.map((v) => Math.round((v / RATE) * 1e6) / 1e6);

eachBackend('learningRateSchedule', () => {
  const optimizers: Record<string, () => tf.Optimizer> = {
    adam: () => adam({ learningRate: RATE }),
    'tf.train.adam': () => tf.train.adam(RATE, 0.9, 0.999, 1e-7),
    sgd: () => tf.train.sgd(RATE),
    momentum: () => tf.train.momentum(RATE, 0.5),
    rmsprop: () => tf.train.rmsprop(RATE),
    adagrad: () => tf.train.adagrad(RATE),
    adadelta: () => tf.train.adadelta(RATE),
    adamax: () => tf.train.adamax(RATE),
  };
  test.each(Object.entries(optimizers))('%s goes half as far at half the rate', async (_, make) => {
    const weightAfter = async (callbacks: tf.Callback[]): Promise<number> => {
      const model = net(make());
      const [x, y] = [tf.ones([4, 1]), tf.zeros([4, 1])];
      // One step, in the middle of an epoch of one: a linear fall over two epochs is at one half in the second.
      await model.fit(x, y, { epochs: 2, initialEpoch: 1, batchSize: 4, verbose: 0, callbacks });
      const [weight] = model.getWeights()[0]!.dataSync();
      tf.dispose([x, y]);
      return weight!;
    };
    const whole = await weightAfter([]);
    expect(whole).toBeLessThan(0);
    expect(await weightAfter([learningRateSchedule({ shape: 'linear' })])).toBeCloseTo(whole / 2, 6);
  });

  test.each(Object.entries(optimizers))('leaves nothing behind in %s', async (_, make) => {
    const model = net(make());
    const [x, y] = [tf.ones([4, 1]), tf.zeros([4, 1])];
    const run = (): Promise<tf.History> =>
      model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks: learningRateSchedule() });
    await run();
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, y]);
  });
});

describe('learningRateSchedule', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test.each<[LearningRateScheduleOptions, number[]]>([
    // (1 + cos πt)/2 at t = 0, 1/8 … 7/8
    [{}, [1, 0.96194, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.03806]],
    [{ shape: 'linear' }, [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]],
    [{ shape: 'linear', final: 0.2 }, [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]],
    [{ shape: 'step' }, [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]],
    [{ shape: 'step', drops: [0.25], final: 0.3 }, [1, 1, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]],
    [{ shape: 'linear', epochs: 2, final: 0.5 }, [1, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5, 0.5]],
    [{ shape: 'linear', warmup: 2 }, [0.25, 0.4375, 0.5625, 0.625, 0.5, 0.375, 0.25, 0.125]],
  ])('%j: the rate of each step', async (options, expected) => {
    const schedule = learningRateSchedule(options);
    expect(rounded(await ratesOf(schedule, { epochs: 4 }))).toEqual(expected);
    // Again, and from the middle on.
    expect(rounded(await ratesOf(schedule, { epochs: 4, initialEpoch: 2 }))).toEqual(expected.slice(4));
  });

  test('a dataset of unknown size: the first epoch has the rate of its middle and tells the steps', async () => {
    const rates = await ratesOf(learningRateSchedule({ shape: 'linear' }), { epochs: 4 }, undefined, true);
    expect(rounded(rates)).toEqual([0.875, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]);
  });

  test.each([
    ['adam', () => tf.train.adam(RATE)],
    ['sgd', () => tf.train.sgd(RATE)],
  ])('an error in a step: %s has its rate again', async (_, make) => {
    const optimizer = make();
    const model = net(optimizer);
    let fails = true;
    model.compile({
      optimizer,
      loss: (_, ŷ) => {
        if (fails) throw new Error('mine');
        return tf.mean(ŷ);
      },
    });
    const [x, y] = [tf.ones([4, 1]), tf.zeros([4, 1])];
    const callbacks = learningRateSchedule({ shape: 'linear', final: 0.5, epochs: 1 });
    const run = { epochs: 3, initialEpoch: 2, verbose: 0 };
    await expect(model.fit(x, y, { ...run, callbacks })).rejects.toThrow('mine');
    fails = false;
    expect(optimizer.getConfig().learningRate).toBe(RATE);
    // One step at the whole rate.
    await model.fit(x, y, run);
    expect(model.getWeights()[0]!.dataSync()[0]).toBeCloseTo(-RATE, 4);
    expect(Object.getOwnPropertyDescriptor(optimizer, 'learningRate')).toHaveProperty('value', RATE);
    tf.dispose([x, y]);
  });

  test('between steps the rate is the user’s, and what he sets there stays his', async () => {
    const optimizer = tf.train.sgd(RATE);
    const model = net(optimizer);
    const seen: number[] = [];
    const look = new tf.CustomCallback({
      onEpochEnd: () => {
        seen.push(rateOf(optimizer));
        optimizer.setLearningRate(0.25);
      },
    });
    const [x, y] = [tf.ones([4, 1]), tf.zeros([4, 1])];
    const callbacks = [learningRateSchedule({ shape: 'linear' }), look];
    await model.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0, callbacks });
    expect(seen).toEqual([RATE, 0.25]);
    // 1 · 0.5 + ½ · 0.25
    expect(model.getWeights()[0]!.dataSync()[0]).toBeCloseTo(-0.625, 6);
    tf.dispose([x, y]);
  });

  test('a rate set in the middle of a step leaves no tensor behind', async () => {
    const optimizer = tf.train.sgd(RATE);
    const model = net(optimizer);
    const look = new tf.CustomCallback({
      onBatchBegin: () => {
        optimizer.setLearningRate(0.25);
      },
    });
    const [x, y] = [tf.ones([4, 1]), tf.zeros([4, 1])];
    await model.trainOnBatch(x, y);
    const before = tf.memory().numTensors;
    const callbacks = [learningRateSchedule({ shape: 'linear' }), look];
    await model.fit(x, y, { epochs: 1, batchSize: 4, verbose: 0, callbacks });
    expect(tf.memory().numTensors).toBe(before);
    expect(rateOf(optimizer)).toBe(0.25);
    expect(model.getWeights()[0]!.dataSync()[0]).toBeCloseTo(-0.75, 6);
    tf.dispose([x, y]);
  });

  test('refuses an optimizer without a rate, a second schedule, a warm-up as long as the training', async () => {
    class NoRate extends tf.Optimizer {
      applyGradients(): void {
        throw new Error('not reached');
      }
      getConfig(): tf.serialization.ConfigDict {
        return {};
      }
    }
    const fit = async (optimizer: tf.Optimizer, callbacks: tf.Callback[]): Promise<tf.History> =>
      net(optimizer).fit(tf.ones([1, 1]), tf.zeros([1, 1]), { epochs: 2, verbose: 0, callbacks });
    await expect(fit(new NoRate(), [learningRateSchedule()])).rejects.toThrow(
      'learningRateSchedule: the optimizer must have a learningRate, a number, got NoRate with undefined; adam() and those of tf.train have one',
    );
    await expect(fit(tf.train.sgd(1), [learningRateSchedule(), learningRateSchedule()])).rejects.toThrow(
      'a training may have only one learningRateSchedule, got two in its list of callbacks',
    );
    await expect(fit(tf.train.sgd(1), [learningRateSchedule({ warmup: 2 })])).rejects.toThrow(
      'warmup must be below the 2 epochs of the training, got 2',
    );
  });

  test.each([
    [{ epochs: 0 }, 'epochs must be a whole number of at least 1, got 0'],
    [{ shape: 'square' }, 'shape must be one of "cosine", "linear", "step", got "square"'],
    [{ final: 2 }, 'final must be a number from 0 to 1, got 2'],
    [{ warmup: -1 }, 'warmup must be a number of epochs, at least 0 and below `epochs`, got -1'],
    [{ epochs: 3, warmup: 3 }, 'warmup must be a number of epochs, at least 0 and below `epochs`, got 3'],
    [{ drops: [0.5] }, 'drops belong to the shape \'step\', got shape "cosine"'],
    [{ shape: 'step', drops: [0.5, 0.5] }, 'drops must be parts of the epochs'],
    [{ rate: 3 }, 'options must be among epochs, shape, warmup, final, drops, got rate'],
  ])('refuses %j', (wrong, message) => {
    expect(() => learningRateSchedule(wrong as LearningRateScheduleOptions)).toThrow(
      `learningRateSchedule: ${message}`,
    );
  });
});
