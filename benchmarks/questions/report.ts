/** What do the reports of training cost, and how much memory takes the KL of many weights? */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { hiddenLayer } from '../../src/layers/hidden';
import { elboReport } from '../../src/train/elboReport';
import { stopOnNaN } from '../../src/train/stopOnNaN';
import { trainingRecipe } from '../../src/train/trainingRecipe';
import type { Backend } from '../backends';
import { compare } from '../measure';
import { bayesianNet, compiled, data, MNIST } from '../nets';
import type { Question } from '../question';

const BATCH = 128;
const STEPS = 24;
/** What the layers of `bayesianNet` are told. */
const N = 60_000;

type Callbacks = (model: tf.LayersModel) => tf.Callback | tf.Callback[];

const fit = (name: string, what: string, backend: Backend, goal: number, callbacks: Callbacks): Question => ({
  name: `${backend}.${name}`,
  what: `an epoch of fit, ${STEPS} steps of batch ${BATCH}, with ${what}, against the same without`,
  backend,
  goal,
  unit: '×',
  async measure() {
    const { x, y } = data(STEPS * BATCH);
    const run = (model: tf.LayersModel, args: tf.ModelFitArgs): Promise<tf.History> =>
      model.fit(x, y, {
        epochs: 1,
        batchSize: BATCH,
        verbose: 0,
        shuffle: false,
        yieldEvery: 'never',
        ...args,
      });
    const [ours, other] = [compiled(bayesianNet(MNIST), adam()), compiled(bayesianNet(MNIST), adam())];
    return compare(
      () => run(ours, { callbacks: callbacks(ours) }),
      () => run(other, {}),
      backend === 'cpu' ? 30 : 12,
    );
  },
});

const reports = (backend: Backend): Question[] => [
  fit('fit.elboReport', 'elboReport', backend, 1.1, () => elboReport({ datasetSize: N })),
  fit('fit.stopOnNaN', 'stopOnNaN', backend, 1.2, () => stopOnNaN()),
  fit('fit.recipe', 'trainingRecipe', backend, 1.5, (model) =>
    trainingRecipe(model, { epochs: 1, datasetSize: STEPS * BATCH, klWarmup: 0, quiet: true }),
  ),
];

/** The heap of the wasm backend, which never shrinks. */
function heap(): number {
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  return wasm.HEAPU8.length;
}

const WEIGHTS = 10_000_000;

export const questions: Question[] = [
  ...reports('native'),
  ...reports('wasm'),
  ...reports('cpu'),
  {
    name: 'wasm.kl.memory',
    what: 'memory of the weights and of kl() for 10,000,000 of them, against that of the weights',
    backend: 'wasm',
    goal: 3,
    unit: '×',
    async measure() {
      const layer = hiddenLayer({ units: 1000, include_hidden_bias: false, include_input_bias: false });
      layer.build([null, WEIGHTS / 1000]);
      const before = heap();
      const bytes = 4 * 2 * WEIGHTS;
      const others = tf.memory().numBytes - bytes;
      const { peakBytes } = await tf.profile(() => layer.kl());
      const most = peakBytes - others;
      const MB = (n: number): string => `${(n / 2 ** 20).toFixed(0)} MB`;
      return {
        value: most / bytes,
        detail: `${MB(most)} of tensors at the most; the heap grew by ${MB(heap() - before)}`,
      };
    },
  },
];
