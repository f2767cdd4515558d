/** How long does one draw of the predictions take beside the prediction of the plain net? */
import type { Backend } from '../backends';
import { compare } from '../measure';
import { bayesianNet, data, denseNet } from '../nets';
import type { Question } from '../question';
import type * as tf from '@tensorflow/tfjs';

const BATCH = 128;

const predict = (backend: Backend, goal: number, aim: number): Question => ({
  name: `${backend}.predict`,
  what: 'predict, one draw, batchSize 128, against tf.layers.dense',
  backend,
  goal,
  aim,
  unit: '×',
  async measure() {
    const { x } = data(BATCH);
    const step = (net: tf.Sequential) => () => {
      const y = net.predict(x, { batchSize: BATCH }) as tf.Tensor;
      y.dataSync();
      y.dispose();
    };
    return compare(step(bayesianNet()), step(denseNet()), 5);
  },
});

export const questions = [predict('native', 1.8, 1.45), predict('wasm', 2, 1.6)];
