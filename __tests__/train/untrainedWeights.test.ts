/** What the optimizer does not train: kept, and put back where it has changed. */
import * as tf from '@tensorflow/tfjs';
import { UntrainedWeights } from '../../src/train/untrainedWeights';

beforeAll(() => tf.setBackend('cpu'));

/** A net of which only the last layer is trained; its frozen kernel, its trained one. */
function net(): { model: tf.LayersModel; frozen: tf.LayerVariable; trained: tf.LayerVariable } {
  const layer = (): tf.layers.Layer => tf.layers.dense({ units: 1, inputShape: [1], useBias: false });
  const [first, last] = [layer(), layer()];
  const model = tf.sequential({ layers: [first, last] });
  first.trainable = false;
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return { model, frozen: first.weights[0]!, trained: last.weights[0]! };
}

const write = (weight: tf.LayerVariable, value: number): void =>
  tf.tidy(() => {
    weight.write(tf.tensor2d([[value]]));
  });
const numberOf = (weight: tf.LayerVariable): number => weight.read().dataSync()[0]!;
const variableOf = (weight: tf.LayerVariable): tf.Variable => weight.read() as tf.Variable;

test('puts back what has changed, and nothing that is trained', () => {
  const { model, frozen, trained } = net();
  write(frozen, 1);
  write(trained, 2);
  const kept = new UntrainedWeights(model);
  kept.keep();
  write(frozen, 3);
  write(trained, 4);
  const before = tf.memory().numTensors;
  kept.putBack();
  expect([numberOf(frozen), numberOf(trained)]).toEqual([1, 4]);
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

test('goes by the last time that they were kept', () => {
  const { model, frozen } = net();
  const kept = new UntrainedWeights(model);
  for (const value of [1, 2]) {
    write(frozen, value);
    kept.keep();
  }
  write(frozen, 3);
  kept.putBack();
  expect(numberOf(frozen)).toBe(2);
  model.dispose();
});

test('reads a weight once, as long as it stays, and a trained one never', () => {
  const { model, frozen, trained } = net();
  const [read, readTrained] = [frozen, trained].map((weight) => jest.spyOn(variableOf(weight), 'dataSync'));
  const kept = new UntrainedWeights(model);
  for (let i = 0; i < 3; i++) kept.keep();
  expect(read).toHaveBeenCalledTimes(1);
  expect(readTrained).not.toHaveBeenCalled();
  write(frozen, 5);
  kept.keep();
  expect(read).toHaveBeenCalledTimes(2);
  model.dispose();
});

test('writes nothing where nothing has changed', () => {
  const { model, frozen } = net();
  const kept = new UntrainedWeights(model);
  kept.keep();
  const assign = jest.spyOn(variableOf(frozen), 'assign');
  kept.putBack();
  expect(assign).not.toHaveBeenCalled();
  model.dispose();
});

test('is done with what it kept once that is put back', () => {
  const { model, frozen } = net();
  write(frozen, 1);
  const kept = new UntrainedWeights(model);
  kept.keep();
  kept.putBack();
  write(frozen, 2);
  kept.putBack();
  expect(numberOf(frozen)).toBe(2);
  model.dispose();
});
