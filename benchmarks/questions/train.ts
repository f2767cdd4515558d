/** How long does a training step take beside that of the plain net it replaces? */
import type { Backend } from '../backends';
import { compare } from '../measure';
import { bayesianNet, compiled, data, denseNet, plainAdam } from '../nets';
import { adam } from '../../src/adam';
import type { Question } from '../question';

const BATCH = 128;

const train = (backend: Backend, goal: number, aim: number): Question => ({
  name: `${backend}.train`,
  what: 'train step, batch 128, against tf.layers.dense with tf.train.adam',
  backend,
  goal,
  aim,
  unit: '×',
  async measure() {
    const { x, y } = data(BATCH);
    const ours = compiled(bayesianNet(), adam());
    const other = compiled(denseNet(), plainAdam());
    return compare(
      () => ours.trainOnBatch(x, y),
      () => other.trainOnBatch(x, y),
      backend === 'cpu' ? 30 : 10,
    );
  },
});

export const questions = [train('native', 1, 0.75), train('wasm', 0.4, 0.25), train('cpu', 2.2, 1.8)];
