import * as tf from '@tensorflow/tfjs';
import { adam, gaussianNLL, hiddenLayer, klWarmup, stopOnNaN } from '../../src';
import * as check from '../../src/check';
import { eachBackend } from '../helpers/eachBackend';
import { hidden, modelsOfEachTest, output, rowsFor, sequential } from '../helpers/models';
import { collectWarnings } from '../helpers/warnings';

const options = { KL_factor: 1 / 12, include_input_bias: false, include_hidden_bias: false } as const;
const net = (): tf.Sequential =>
  sequential(
    hiddenLayer({ units: 4, inputShape: [3], seed: 1, ...options }),
    tf.layers.batchNormalization(),
    hiddenLayer({ units: 1, seed: 2, non_linearity: 'linear', name: 'last_one', ...options }),
  );

/** 12 rows in batches of 4; one number of one batch is another. */
function data(where: 'x' | 'y' | 'nowhere', value = NaN, row = 5): { x: tf.Tensor2D; y: tf.Tensor2D } {
  const xs = Array.from({ length: 36 }, (_, i) => Math.sin(i));
  const ys = Array.from({ length: 12 }, (_, i) => Math.cos(i));
  if (where === 'x') xs[3 * row] = value;
  if (where === 'y') ys[row] = value;
  return { x: tf.tensor2d(xs, [12, 3]), y: tf.tensor2d(ys, [12, 1]) };
}

const numbersOf = (model: tf.LayersModel): number[][] => model.weights.map((w) => [...w.read().dataSync()]);
const stateOf = async (optimizer: tf.Optimizer): Promise<number[][]> => {
  const [iterations, ...slots] = await optimizer.getWeights();
  const state = [iterations!, ...slots].map(({ tensor }) => [...tensor.dataSync()]);
  iterations!.tensor.dispose();
  return state;
};

const optimizers: Array<[string, () => tf.Optimizer]> = [
  ['adam', () => adam()],
  ['tf.train.adam', () => tf.train.adam()],
  ['tf.train.sgd', () => tf.train.sgd(0.01)],
  ['tf.train.momentum', () => tf.train.momentum(0.01, 0.9)],
  ['tf.train.rmsprop', () => tf.train.rmsprop(0.01)],
];

eachBackend('stopOnNaN', () => {
  const warnings = collectWarnings();
  const { kept } = modelsOfEachTest(0.3);
  afterEach(() => jest.restoreAllMocks());

  async function stopped(
    model: tf.LayersModel,
    { x, y }: { x: tf.Tensor; y: tf.Tensor },
    more: object = {},
  ): Promise<{ weights: number[][]; state: number[][]; history: tf.History; steps: number }> {
    let [weights, state, steps]: [number[][], number[][], number] = [[], [], 0];
    const look = new tf.CustomCallback({
      onBatchBegin: async () => {
        steps++;
        [weights, state] = [numbersOf(model), await stateOf(model.optimizer)];
      },
    });
    const callbacks = [look, stopOnNaN()];
    const history = await model.fit(x, y, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0, callbacks, ...more }); // prettier-ignore
    return { weights, state, history, steps };
  }

  const everywhere = [false, true].flatMap((onGPU) =>
    optimizers.map(([name, make]) => [name, onGPU, make] as const),
  );
  test.each(everywhere)(
    'leaves weights and the state of %s as they were before the bad step (as on a GPU: %p)',
    async (_, onGPU, make) => {
      jest.spyOn(check, 'isOnGPU').mockReturnValue(onGPU);
      // The first step of all, where the optimizer has no slots yet, and the second.
      for (const row of [0, 5]) {
        const model = kept(net());
        model.compile({ optimizer: make(), loss: gaussianNLL({ stddev: 1 }) });
        const { weights, state, steps } = await stopped(model, data('x', Infinity, row));
        expect(steps).toBe(row === 0 ? 1 : 2);
        expect(numbersOf(model)).toEqual(weights);
        expect(await stateOf(model.optimizer)).toEqual(state);
        expect(numbersOf(model).flat().every(Number.isFinite)).toBe(true);
        // And it trains on.
        const good = data('nowhere');
        const { history } = await model.fit(good.x, good.y, { epochs: 1, verbose: 0 });
        expect(Number.isFinite(history.loss![0])).toBe(true);
      }
    },
  );

  const said = async (): Promise<string> => {
    const all = (await warnings()).filter((text) => text.includes('stopOnNaN'));
    expect(all).toHaveLength(1);
    return all[0]!;
  };
  const compiled = (model: tf.LayersModel, loss: unknown = 'meanSquaredError'): tf.LayersModel => {
    model.compile({ optimizer: adam(), loss: loss as string });
    return kept(model);
  };

  test.each([false, true])('names step, layer and quantity (as on a GPU: %p)', async (onGPU) => {
    jest.spyOn(check, 'isOnGPU').mockReturnValue(onGPU);
    const cases: Array<[() => ReturnType<typeof data>, (model: tf.LayersModel) => string]> = [
      [() => data('x'), (model) => `had a loss of NaN, from the input of ${model.inputNames[0]!}.`],
      [() => data('y'), () => 'had a loss of NaN, from the targets or the loss of last_one: inputs,'],
      [() => data('x', 3e38), (model) => `from the output of ${model.layers[0]!.name}`],
    ];
    for (const [make, words] of cases) {
      const model = compiled(net());
      await stopped(model, make());
      const text = await said();
      expect(text).toContain('training ended at step 1 of epoch 0');
      expect(text).toContain(words(model));
      expect(text).toContain('Fill in or leave out gaps in the data');
      (console.warn as unknown as jest.Mock).mockClear();
    }
  });

  test.each([false, true])(
    'sees a gradient that overflows where the loss is finite (as on a GPU: %p)',
    async (onGPU) => {
      jest.spyOn(check, 'isOnGPU').mockReturnValue(onGPU);
      const root = (y: tf.Tensor, ŷ: tf.Tensor): tf.Tensor => tf.sqrt(tf.abs(tf.mul(0, tf.sub(ŷ, y))));
      const model = compiled(net(), root);
      const { weights } = await stopped(model, data('nowhere'));
      expect(numbersOf(model)).toEqual(weights);
      expect(await said()).toMatch(/step 0 of epoch 0, which made the A_\w+ of \w+.* infinite or NaN/);
    },
  );

  test('changes nothing where all is well, and leaves nothing behind', async () => {
    const run = async (callbacks: tf.Callback[]): Promise<number[][]> => {
      const model = kept(net());
      model.setWeights(model.getWeights().map((w, i) => tf.add(tf.mul(w, 0), 0.1 * (i + 1))));
      const { x, y } = data('nowhere');
      model.compile({ optimizer: adam(), loss: gaussianNLL({ stddev: 1 }) });
      const train = { epochs: 2, batchSize: 4, shuffle: false, verbose: 0, callbacks } as const;
      await model.fit(x, y, train);
      const before = tf.memory().numTensors;
      await model.fit(x, y, train);
      expect(tf.memory().numTensors).toBe(before);
      const numbers = numbersOf(model);
      return numbers;
    };
    expect(await run([stopOnNaN()])).toEqual(await run([]));
    expect((await warnings()).filter((text) => text.includes('stopOnNaN'))).toEqual([]);
  });

  test('in fitDataset, behind plain objects, in a plain model, and leaves a hook of the user alone', async () => {
    const model = compiled(sequential(tf.layers.dense({ units: 1, inputShape: [3], name: 'plain_one' })));
    const { x, y } = data('x', NaN, 4);
    const dataset = tf.data.generator(function* () {
      for (const i of [0, 1, 2]) yield { xs: x.slice(4 * i, 4), ys: y.slice(4 * i, 4) };
    });
    let calls = 0;
    model.layers[0]!.setCallHook(() => calls++);
    const before = tf.memory().numTensors;
    const plain: object = { onEpochEnd: () => undefined };
    await model.fitDataset(dataset, { epochs: 2, verbose: 0, callbacks: [plain, stopOnNaN() as object] });
    // Two slots for each of two weights.
    expect(tf.memory().numTensors - before).toBe(4);
    expect(calls).toBe(2);
    expect(numbersOf(model).flat().every(Number.isFinite)).toBe(true);
    expect(await said()).toContain('step 1 of epoch 0, which had a loss of NaN, from the input of');
    model.predict(tf.ones([1, 3]));
    expect(calls).toBe(3);
  });

  test.each([false, true])(
    'with tf.train.adamax says what it cannot put back on a GPU (%p)',
    async (onGPU) => {
      jest.spyOn(check, 'isOnGPU').mockReturnValue(onGPU);
      const model = kept(net());
      model.compile({ optimizer: tf.train.adamax(0.01), loss: 'meanSquaredError' });
      const { x, y } = data('x');
      await model.fit(x, y, { epochs: 1, batchSize: 4, shuffle: false, verbose: 0, callbacks: stopOnNaN() });
      expect(numbersOf(model).flat().every(Number.isFinite)).toBe(true);
      const text = await said();
      if (onGPU)
        expect(text).toContain('the state of the optimizer cannot be put back: compile with a new one');
      else expect(text).toContain('The weights and the optimizer are as they were before that step.');
    },
  );

  test('an error in a step leaves nothing behind, nor a hook', async () => {
    let calls = 0;
    const fails = (y: tf.Tensor, ŷ: tf.Tensor): tf.Tensor => {
      if (++calls === 2) throw new Error('mine');
      return tf.losses.meanSquaredError(y, ŷ);
    };
    const model = compiled(net(), fails);
    const { x, y } = data('nowhere');
    const train = { epochs: 1, batchSize: 4, shuffle: false, verbose: 0, callbacks: [klWarmup({ epochs: 9 }), stopOnNaN()] }; // prettier-ignore
    await expect(model.fit(x, y, train)).rejects.toThrow('mine');
    const hook = (): unknown => (model.layers[0] as unknown as { _callHook: unknown })._callHook ?? null;
    const before = tf.memory().numTensors;
    tf.dispose(model.predict(x));
    expect(tf.memory().numTensors).toBe(before);
    expect(hook()).toBeNull();
    expect(Object.getOwnPropertyNames(model.optimizer)).not.toContain('applyGradients');
  });
});

describe('stopOnNaN', () => {
  const rows = modelsOfEachTest(0.3);
  beforeAll(() => tf.setBackend('cpu'));
  test('refuses no model that fit takes', async () => {
    const model = rows.made(sequential(hidden({ inputShape: [3] }), output()));
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [x] = rowsFor(model, 4);
    const { epoch } = await model.fit(x!, tf.zeros([4, 2]), { verbose: 0, callbacks: [stopOnNaN()] });
    expect(epoch).toEqual([0]);
  });
});
