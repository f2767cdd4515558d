/**
 * Two tasks with one model: a prediction, and whatever else changes the model at any point where the prediction lets
 * others run. What it draws is of one state of the weights or the other, block by block; what it disturbs is nothing.
 */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { evaluateElbo, posteriorSample, predictive, predictiveMoments, predictiveStream } from '../../src';
import type { PredictiveMoments } from '../../src/predict/moments';
import type { HiddenLayer } from '../../src/layers/hidden';
import { scattered } from '../helpers/closedForms';
import { backends, eachBackend, startBackend } from '../helpers/eachBackend';
import { hidden, output } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

const [ROWS, BATCH, BLOCK, SAMPLES] = [3, 2, 32, 64];
const SEED = 5;

type Net = tf.Sequential;

const layersOf = (model: Net): HiddenLayer[] => model.layers as HiddenLayer[];

const net = (weight_space_sampling: boolean): Net => {
  const options = { weight_space_sampling, datasetSize: 10, KL_factor: undefined };
  const layers = [hidden({ ...options, inputShape: [3], seed: 1 }), output({ ...options, seed: 2 })];
  const model = tf.sequential({ layers });
  model.compile({ optimizer: adam({ learningRate: 0.1 }), loss: 'meanSquaredError' });
  set(model, 0);
  return model;
};

/** One of two posteriors, far from one another. */
const posterior = (layer: HiddenLayer, which: number): { A_mean: tf.Tensor; A_scale: tf.Tensor } => {
  const [D, H] = layer.weights[0]!.shape as [number, number];
  return {
    A_mean: tf.tensor2d(scattered(D, H, 7 * which)).add(3 * which),
    A_scale: tf.fill([D, H], 0.1 + which),
  };
};
const set = (model: Net, which: number): void =>
  tf.tidy(() => layersOf(model).forEach((layer) => layer.setPosterior(posterior(layer, which))));

interface Data {
  x: tf.Tensor;
  y: tf.Tensor;
}

/** What a prediction says: numbers that are of one state of the weights, list by list. */
type Predict = (model: tf.LayersModel, data: Data) => Promise<number[][]>;

/** Draws [S, N, …], cut into the blocks that are drawn in one go. */
const blocks = (draws: tf.Tensor): number[][] =>
  tf.tidy(() =>
    [0, BLOCK].flatMap((s) =>
      [0, BATCH].map((n) => [...draws.slice([s, n], [BLOCK, Math.min(BATCH, ROWS - n)]).dataSync()]),
    ),
  );

const all = (tensors: tf.Tensor[]): number[][] => {
  const numbers = tensors.flatMap((t) => [...t.dataSync()]);
  tf.dispose(tensors);
  return [numbers];
};

const momentsAsLists = (moments: PredictiveMoments): number[][] => all(Object.values(moments));

const PREDICTIONS: Record<string, Predict> = {
  predictive: async (model, { x }) => {
    const p = await predictive(model, x, { samples: SAMPLES, batchSize: BATCH, draws: true, seed: SEED });
    const draws = p.draws();
    const result = blocks(draws);
    draws.dispose();
    p.dispose();
    return result;
  },
  predictiveStream: async (model, { x }) => {
    let result: number[][] = [];
    const options = { maxSamples: SAMPLES, batchSize: BATCH, draws: true, seed: SEED };
    for await (const p of predictiveStream(model, x, options)) {
      if (p.stopped === undefined) continue;
      const draws = p.draws();
      result = blocks(draws);
      draws.dispose();
    }
    return result;
  },
  predictiveMoments: async (model, { x }) => momentsAsLists(await predictiveMoments(model, x)),
  posteriorSample: (model, { x }) => {
    const plain = posteriorSample(model, { seed: SEED });
    const numbers = all([plain.predict(x) as tf.Tensor]);
    plain.dispose();
    return Promise.resolve(numbers);
  },
  evaluateElbo: async (model, data) => {
    const { nll, kl } = await evaluateElbo(model, data, { samples: 3, seed: SEED });
    return [[nll, kl]];
  },
};

/** All tasks that wait go on as far as they can, once. */
const turn = (): Promise<void> => Promise.resolve();

/** What the others do, when the prediction has had so many turns. */
async function interleaved(
  predict: () => Promise<number[][]>,
  turns: number,
  others: () => unknown,
): Promise<{ blocks?: number[][]; error?: string; over: boolean }> {
  let over = false;
  const outcome = predict().then(
    (result) => {
      over = true;
      return { blocks: result };
    },
    (error: unknown) => {
      over = true;
      return { error: String(error) };
    },
  );
  for (let i = 0; i < turns && !over; i++) await turn();
  const wasOver = over;
  await others();
  return { ...(await outcome), over: wasOver };
}

/** Runs `body` for each number of turns (or each fifth, to save time) after which something can come between, and once for when it comes too late. */
async function atEveryTurn(body: (turns: number) => Promise<{ over: boolean }>, stride = 5): Promise<void> {
  let turns = 0;
  while (!(await body(turns)).over) turns += stride;
  expect(turns).toBeLessThan(200);
}

const same = (a: number[], b: number[]): boolean =>
  a.every((v, i) => Math.abs(v - b[i]!) <= 1e-4 + 1e-4 * Math.abs(b[i]!));

describe.each([
  ['local', false],
  ['weight space', true],
])('%s:', (_, space) => {
  describe.each(Object.keys(PREDICTIONS))('%s', (name) => {
    eachBackend('while another task', (backend) => {
      collectWarnings();
      let model: Net;
      let data: Data;
      let states: number[][][];
      const predict = (): Promise<number[][]> => PREDICTIONS[name]!(model, data);
      /** As many tensors as there are. */
      let before: number;
      let disposed: boolean;

      let clock: jest.SpyInstance<number>;

      beforeEach(async () => {
        // No time goes by: the prediction makes no pause of its own accord, and all turns are of promises.
        clock = jest.spyOn(Date, 'now').mockReturnValue(0);
        data = { x: tf.tensor2d(scattered(ROWS, 3)), y: tf.tensor2d(scattered(ROWS, 2, 1)) };
        model = net(space);
        states = [];
        for (const which of [1, 0]) {
          set(model, which);
          states[which] = await predict();
        }
        before = tf.memory().numTensors;
        disposed = false;
      });
      afterEach(() => {
        clock.mockRestore();
        if (!disposed) model.dispose();
        model.optimizer.dispose();
        tf.dispose(data as unknown as tf.TensorContainerObject);
      });

      const expectOneStateEach = (result: number[][] | undefined): void => {
        const of = result!.map((block, i) => states.findIndex((state) => same(block, state[i]!)));
        expect(of).not.toContain(-1);
      };

      test.each<[string, () => void]>([
        ['calls setPosterior', () => set(model, 1)],
        [
          'calls setWeights',
          () =>
            tf.tidy(() =>
              model.setWeights(
                layersOf(model).flatMap((layer) => {
                  const { A_mean, A_scale } = posterior(layer, 1);
                  return [A_mean, tf.log(A_scale)];
                }),
              ),
            ),
        ],
      ])('%s, each block is of one state', async (__, change) => {
        const seen = new Set<string>();
        await atEveryTurn(async (turns) => {
          set(model, 0);
          const result = await interleaved(predict, turns, change);
          expect(result.error).toBeUndefined();
          expectOneStateEach(result.blocks);
          seen.add(JSON.stringify(result.blocks));
          return result;
        });
        // The last one came too late: nothing is changed there.
        expect(seen.size).toBeGreaterThanOrEqual(name === 'predictiveStream' ? 3 : 1);
        expect(tf.memory().numTensors).toBe(before);
      });

      test('disposes of the model, it is finished or says so', async () => {
        model.dispose();
        disposed = true;
        await atEveryTurn(async (turns) => {
          model.optimizer.dispose();
          model = net(space);
          const { numTensors } = tf.memory();
          const weights = model.weights.length + model.layers.length;
          const result = await interleaved(predict, turns, () => model.dispose());
          if (result.error === undefined) expectOneStateEach(result.blocks);
          else
            expect(result.error).toMatch(
              /^Error: \w+: the weights of the model must not be disposed of, got a model that was disposed of, or its layer \w+ was/,
            );
          expect(tf.memory().numTensors).toBe(numTensors - weights);
          return result;
        });
        await expect((async () => predict())()).rejects.toThrow('model must not be disposed of');
      });

      test('switches the backend, it goes on there', async () => {
        const other = backends.find((one) => one !== backend)!;
        await startBackend(other);
        await startBackend(backend);
        await atEveryTurn(async (turns) => {
          const result = await interleaved(predict, turns, () => tf.setBackend(other));
          expect(result.error).toBeUndefined();
          expectOneStateEach(result.blocks);
          await tf.setBackend(backend);
          return result;
        });
        expect(tf.memory().numTensors).toBe(before);
      });

      test('fits it, both go their way', async () => {
        const fit = async (): Promise<unknown> => {
          const options = {
            epochs: 2,
            batchSize: 1,
            shuffle: false,
            verbose: 0,
            yieldEvery: 'batch',
          } as const;
          return (await model.fit(data.x, data.y, options)).history.loss;
        };
        const fresh = (): void => {
          model.dispose();
          model.optimizer.dispose();
          model = net(space);
        };
        fresh();
        const alone = await fit();
        fresh();
        // So late by the clock that the prediction lets everybody run between two blocks.
        let now = 0;
        clock.mockImplementation(() => (now += 31));
        let fitting = true;
        let predictions = 0;
        const fitted = fit().finally(() => (fitting = false));
        while (fitting) {
          const result = await predict();
          expect(result.flat().every(Number.isFinite)).toBe(true);
          predictions++;
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
        const history = await fitted;
        clock.mockReturnValue(0);
        expect(predictions).toBeGreaterThan(1);
        expectAllClose(history as number[], alone as number[], { rtol: 1e-5 });
        const after = tf.memory().numTensors;
        await predict();
        expect(tf.memory().numTensors).toBe(after);
      });
    });
  });
});
