/** How long does a training step take beside that of the plain net it replaces? */
import type { Backend } from '../backends';
import { compare } from '../measure';
import { bothCompiled, data, rowName, type OptimizerName } from '../nets';
import type { Question } from '../question';

const BATCH = 128;

/** The ratio on native wanders by some percents within ten of them, and its goal is near. */
const SECONDS = { native: 30, wasm: 8, cpu: 20 };

interface TrainOptions {
  aim?: number;
  /** Of the plain net. */
  optimizer?: OptimizerName;
  /** Do ours end in logits, with the loss for them? */
  logits?: boolean;
}

const train = (
  backend: Backend,
  goal: number,
  { aim, optimizer = 'tf.train.adam', logits = false }: TrainOptions = {},
): Question => ({
  name: rowName(`${backend}.train${logits ? '.logits' : ''}`, optimizer),
  what: `train step, batch 128${logits ? ', ours by categoricalNLL of logits' : ''}, against tf.layers.dense with ${optimizer}`,
  backend,
  goal,
  ...(aim === undefined ? {} : { aim }),
  unit: '×',
  async measure() {
    const { x, y } = data(BATCH);
    const { ours, other } = bothCompiled(optimizer, { logits });
    return compare(
      () => ours.trainOnBatch(x, y),
      () => other.trainOnBatch(x, y),
      SECONDS[backend],
    );
  },
});

export const questions = [
  train('native', 1, { aim: 0.75 }),
  train('native', 1, { aim: 0.75, logits: true }),
  train('wasm', 0.4, { aim: 0.25 }),
  train('cpu', 2.2, { aim: 1.8 }),
  // What is our optimizer's doing, and what remains: the net has twice the products and twice the weights.
  train('native', 2, { optimizer: 'our adam' }),
  train('wasm', 2, { optimizer: 'our adam' }),
];
