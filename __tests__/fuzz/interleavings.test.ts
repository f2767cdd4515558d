/**
 * Two tasks on one model, in any order that JavaScript allows: whatever reads the model while it is trained or set, or
 * while the backend changes, has a finite answer, and answers as it would alone where nothing changes. Where the model is
 * disposed of, it answers so or says it.
 *
 * JavaScript changes tasks at an `await`: where a tensor is read, where a long prediction pauses, behind a batch of
 * training. There a scheduler lets one task at a time go on, in an order of its own.
 */
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import {
  categoricalNLL,
  diagnose,
  evaluateElbo,
  hiddenLayer,
  predictive,
  predictiveMoments,
  predictiveStream,
  type HiddenLayerOptions,
} from '../../src';
import { bayesianLayers } from '../../src/layers/bayesian';
import { startBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';
import { classifier } from './fixtures';
import { violationOf } from './invariants';
import { judge } from './judge';
import { cases, TIMEOUT } from './runs';

type Settable = ReturnType<typeof hiddenLayer>;
type Task = (model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor) => Promise<unknown>;

const numbersOf = (...tensors: tf.Tensor[]): number[] => {
  const numbers = tensors.flatMap((tensor) => Array.from(tensor.dataSync()));
  tf.dispose(tensors);
  return numbers;
};

const READERS: Record<string, Task> = {
  async predictive(model, x) {
    const p = await predictive(model, x, { samples: 40, seed: 1 });
    const numbers = numbersOf(p.mean(), p.variance());
    p.dispose();
    return numbers;
  },
  async predictiveStream(model, x) {
    const numbers: number[] = [];
    for await (const p of predictiveStream(model, x, { maxSamples: 40, seed: 1 }))
      numbers.push(...numbersOf(p.mean(), p.variance()));
    return numbers;
  },
  async predictiveMoments(model, x) {
    // The softmax of each row is hundreds of them.
    const some = x.slice(0, 20);
    const { mean, variance, epistemic } = await predictiveMoments(model, some, { batchSize: 8 });
    tf.dispose([some, epistemic]);
    return numbersOf(mean, variance);
  },
  async evaluateElbo(model, x, y) {
    const { elbo, kl, standardError } = await evaluateElbo(model, { x, y }, { samples: 3, seed: 1 });
    return [elbo, kl, standardError];
  },
  async diagnose(model) {
    const { layers } = await diagnose(model);
    return layers.map(({ klPerWeight }) => klPerWeight);
  },
};

/** Rows for more than one block of draws and more than one batch. */
const ROWS = 130;

const data = (): [tf.Tensor, tf.Tensor] =>
  tf.tidy(() => {
    const labels = Array.from({ length: ROWS }, (_, i) => i % 2);
    return [tf.linspace(-1, 1, 3 * ROWS).reshape([ROWS, 3]), tf.oneHot(labels, 2).toFloat()];
  });

const bayesian = (units: number, options: Partial<HiddenLayerOptions>): tf.layers.Layer =>
  hiddenLayer({
    units,
    include_hidden_bias: false,
    include_input_bias: true,
    KL_factor: 0.1,
    seed: 3,
    ...options,
  });
const plain = (units: number, options = {}): tf.layers.Layer => tf.layers.dense({ units, ...options });
const SOFTMAX = { non_linearity: 'softmax' } as const;
const FIRST = { inputShape: [3] };

/** What the draws share is made by a plain layer, a local one or one of weight space; and what follows is drawn. */
const NETS: Record<string, () => tf.Sequential> = {
  'local, weight space': () => classifier('pair'),
  'weight space, local': () =>
    tf.sequential({ layers: [bayesian(3, { weight_space_sampling: true, ...FIRST }), bayesian(2, SOFTMAX)] }),
  'plain, local': () =>
    tf.sequential({ layers: [plain(3, { activation: 'relu', ...FIRST }), bayesian(2, SOFTMAX)] }),
  'local, plain': () => tf.sequential({ layers: [bayesian(3, FIRST), plain(2, { activation: 'softmax' })] }),
};

interface Writer {
  /** It leaves the numbers of the model as they are. */
  still: boolean;
  /** Here what reads may be refused. */
  ends?: boolean;
  /** So far may the answer be from that without it. */
  rtol?: number;
  write: (waits: () => Promise<void>) => Task;
}

const WRITERS: Record<string, Writer> = {
  fit: { still: false, write: (waits) => training(waits, 0.05) },
  'fit at rate 0': { still: true, write: (waits) => training(waits, 0) },
  setWeights: {
    still: true,
    write: (waits) => async (model) => {
      for (let i = 0; i < 3; i++) {
        model.setWeights(model.getWeights());
        await waits();
      }
    },
  },
  setPosterior: {
    still: true,
    write: (waits) => async (model) => {
      for (let i = 0; i < 3; i++) {
        for (const layer of bayesianLayers(model) as unknown as Settable[]) {
          const [A_mean, lnScale] = layer.getWeights();
          const A_scale = lnScale!.exp();
          layer.setPosterior({ A_mean: A_mean!, A_scale });
          A_scale.dispose();
        }
        await waits();
      }
    },
  },
  dispose: {
    still: true,
    ends: true,
    write: (waits) => async (model) => {
      await waits();
      model.dispose();
    },
  },
  setBackend: {
    still: true,
    rtol: 1e-4,
    write: (waits) => async () => {
      const [here, there] = tf.getBackend() === 'cpu' ? ['cpu', 'wasm'] : ['wasm', 'cpu'];
      for (const backend of [there, here, there, here]) {
        await waits();
        await tf.setBackend(backend);
      }
    },
  },
};

function training(waits: () => Promise<void>, rate: number): Task {
  return async (model, x, y) => {
    const optimizer = tf.train.sgd(rate);
    model.compile({ optimizer, loss: categoricalNLL() });
    await model.fit(x, y, {
      ...{ epochs: 2, batchSize: 64, verbose: 0, shuffle: false, yieldEvery: 'never' },
      callbacks: { onBatchEnd: waits },
    });
  };
}

/** Runs them while every reading of a tensor and every pause waits for the scheduler; all pauses are due. */
async function scheduled(s: fc.Scheduler, tasks: () => Array<Promise<unknown>>): Promise<unknown[]> {
  const { prototype } = tf.Tensor;
  const original = Object.getOwnPropertyDescriptor(prototype, 'data')!;
  const read = original.value as () => Promise<unknown>;
  Object.defineProperty(prototype, 'data', {
    ...original,
    async value(this: tf.Tensor) {
      const numbers = await read.call(this);
      await s.schedule(Promise.resolve(), 'data');
      return numbers;
    },
  });
  let now = 0;
  // Longer than a prediction goes on without a pause.
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => (now += 1000));
  const timer = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((go: () => void) => {
    void s.schedule(Promise.resolve(), 'pause').then(go);
  }) as unknown as typeof setTimeout);
  try {
    return await s.waitFor(Promise.all(tasks()));
  } finally {
    Object.defineProperty(prototype, 'data', original);
    clock.mockRestore();
    timer.mockRestore();
  }
}

describe.each([
  ['cpu', 4],
  ['wasm', 3],
])('two tasks [%s]', (backend, n) => {
  beforeAll(async () => {
    for (const one of ['cpu', 'wasm', backend]) await startBackend(one);
  });

  const pairs = Object.keys(READERS).flatMap((reader) =>
    Object.keys(WRITERS).map((writer) => [reader, writer]),
  );

  test.each(pairs)(
    '%s during %s',
    async (reader, writer) => {
      const read = READERS[reader]!;
      const { still, ends = false, rtol = 0, write } = WRITERS[writer]!;
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.constantFrom(...Object.keys(NETS)), async (s, net) => {
          const given = `${reader} during ${writer}, ${net}, ${fc.stringify(s)}`;
          const violation = await violationOf({ who: reader, sound: !ends, call: () => together(s) }, []);
          judge(reader, violation, given);

          async function together(scheduler: fc.Scheduler): Promise<void> {
            const model = NETS[net]!();
            const [x, y] = data();
            const optimizer = tf.train.sgd(0);
            model.compile({ optimizer, loss: categoricalNLL() });
            try {
              const alone = await read(model, x, y);
              const waits = (): Promise<void> => scheduler.schedule(Promise.resolve(), 'batch');
              const [answer] = await scheduled(scheduler, () => [
                read(model, x, y),
                write(waits)(model, x, y),
              ]);
              expect((answer as number[]).every(Number.isFinite)).toBe(true);
              if (still) expectAllClose(answer as number[], alone as number[], { rtol, atol: rtol });
            } finally {
              model.optimizer.dispose();
              optimizer.dispose();
              if (!ends) model.dispose();
              tf.dispose([x, y]);
            }
          }
        }),
        cases(n),
      );
    },
    TIMEOUT,
  );
});
