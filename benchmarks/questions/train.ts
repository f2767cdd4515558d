/** How long does a training step take beside that of the plain net it replaces? */
import type { Backend } from '../backends';
import { compare } from '../measure';
import { bayesianNet, compiled, data, denseNet, OPTIMIZERS, rowName, type OptimizerName } from '../nets';
import type { Question } from '../question';
import { adam } from '../../src/adam';

const BATCH = 128;

const train = (
  backend: Backend,
  goal: number,
  { aim, optimizer = 'tf.train.adam' }: { aim?: number; optimizer?: OptimizerName } = {},
): Question => ({
  name: rowName(`${backend}.train`, optimizer),
  what: `train step, batch 128, against tf.layers.dense with ${optimizer}`,
  backend,
  goal,
  ...(aim === undefined ? {} : { aim }),
  unit: '×',
  async measure() {
    const { x, y } = data(BATCH);
    const ours = compiled(bayesianNet(), adam());
    const other = compiled(denseNet(), OPTIMIZERS[optimizer]());
    return compare(
      () => ours.trainOnBatch(x, y),
      () => other.trainOnBatch(x, y),
      backend === 'cpu' ? 20 : 8,
    );
  },
});

export const questions = [
  train('native', 1, { aim: 0.75 }),
  train('wasm', 0.4, { aim: 0.25 }),
  train('cpu', 2.2, { aim: 1.8 }),
  // What is our optimizer's doing, and what remains: the net has twice the products and twice the weights.
  train('native', 2, { optimizer: 'our adam' }),
  train('wasm', 2, { optimizer: 'our adam' }),
];
