/** What do the layers of the family cost beside HiddenLayer, and beside the layers of `tf.layers` whose places they take? */
import * as tf from '@tensorflow/tfjs';
import { start, type Backend } from '../backends';
import { compare, median } from '../measure';
import { bayesianNet, compiled, convolutionNet, data, familyNet, plainAdam, recurrentNet } from '../nets';
import type { Question } from '../question';
import { adam } from '../../src/adam';
import { predictive } from '../../src/index';

const BATCH = 128;
const trains =
  (net: tf.Sequential, { x, y }: { x: tf.Tensor; y: tf.Tensor }) =>
  () =>
    net.trainOnBatch(x, y);
const predicts = (net: tf.Sequential, x: tf.Tensor) => () => {
  const y = net.predict(x, { batchSize: BATCH }) as tf.Tensor;
  y.dataSync();
  y.dispose();
};

const dense = (backend: Backend): Question[] => [
  {
    ...{ name: `${backend}.dense.train`, what: 'train step of layers.dense, batch 128, against hiddenLayer' },
    ...{ backend, goal: 1.05, unit: '×' },
    measure: () =>
      compare(
        trains(compiled(familyNet(), adam()), data(BATCH)),
        trains(compiled(bayesianNet(), adam()), data(BATCH)),
        12,
      ),
  },
  {
    ...{ name: `${backend}.dense.predict`, what: 'predict of layers.dense, one draw, against hiddenLayer' },
    ...{ backend, goal: 1.05, unit: '×' },
    measure: () => compare(predicts(familyNet(), data(BATCH).x), predicts(bayesianNet(), data(BATCH).x), 8),
  },
  {
    ...{ name: `${backend}.dense.arrayPrior`, what: 'train step, a prior of arrays against one of a number' },
    ...{ backend, goal: 1.15, unit: '×' },
    measure: () =>
      compare(
        trains(compiled(familyNet('arrays'), adam()), data(BATCH)),
        trains(compiled(familyNet(), adam()), data(BATCH)),
        12,
      ),
  },
];

const recurrent = (backend: Backend): Question => ({
  ...{ name: `${backend}.lstm.train`, backend, goal: 1.5, unit: '×' },
  what: 'train step of layers.lstm, 32 units, 20 steps, batch 32, against tf.layers.lstm with tf.train.adam',
  measure() {
    const given = {
      x: tf.randomNormal([32, 20, 4], 0, 1, 'float32', 1),
      y: tf.randomNormal([32, 1], 0, 1, 'float32', 2),
    };
    const [ours, other] = [recurrentNet(true), recurrentNet(false)];
    return compare(
      trains(compiled(ours, adam(), 'meanSquaredError'), given),
      trains(compiled(other, plainAdam(), 'meanSquaredError'), given),
      8,
    );
  },
});

const CONV = 'train step, conv 12@5×5, pool, conv 24@5×5, pool, dense 100, dense 10, batch 128';

export const questions: Question[] = [
  ...dense('native'),
  ...dense('wasm'),
  {
    ...{ name: 'native.conv.train', what: `${CONV}, against tf.layers with tf.train.adam` },
    ...{ backend: 'native', goal: 2, unit: '×' },
    measure: () =>
      compare(
        trains(compiled(convolutionNet(true), adam()), data(BATCH)),
        trains(compiled(convolutionNet(false), plainAdam()), data(BATCH)),
        20,
      ),
  },
  {
    ...{ name: 'wasm.conv.train', what: `${CONV}, against tf.layers on the cpu backend` },
    ...{ backend: 'wasm', goal: 0.1, unit: '×' },
    async measure() {
      const ours = trains(compiled(convolutionNet(true), adam()), data(BATCH));
      await start('cpu');
      const other = trains(compiled(convolutionNet(false), plainAdam()), data(BATCH));
      // A step on cpu takes seconds.
      const timing = await compare(on('wasm', ours), on('cpu', other), 10, 3);
      await start('wasm');
      return timing;
    },
  },
  recurrent('native'),
  recurrent('wasm'),
  {
    ...{ name: 'wasm.conv.draws', what: '100 draws of one picture through the convolutions, by predictive' },
    ...{ backend: 'wasm', goal: 50, unit: 'ms' },
    async measure() {
      const net = convolutionNet(true);
      const { x } = data(1);
      let seed = 0;
      const value = await median(async () => {
        const found = await predictive(net, x, { samples: 100, seed: ++seed });
        const mean = found.mean();
        await mean.data();
        mean.dispose();
        found.dispose();
      }, 4);
      return { value, detail: 'median of single calls' };
    },
  },
];

const on = (backend: Backend, step: () => Promise<unknown>) => async () => {
  await tf.setBackend(backend);
  await step();
};
