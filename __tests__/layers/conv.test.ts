import * as tf from '@tensorflow/tfjs';
import { layers, predictive, predictiveMoments } from '../../src';
import { expectChance } from '../helpers/gaussianTests';
import { squares } from '../helpers/modelData';
import { artifactsOf, throughFile } from '../helpers/savedModels';

const S = 400;

describe.each(['local', 'flipout', 'weightSpace'] as const)('a convolution, %s', (estimator) => {
  beforeAll(() => tf.setBackend('cpu'));

  const net = (): tf.Sequential =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 1], klFactor: 1, seed: 1, estimator }),
      ],
    });
  const x = (): tf.Tensor => tf.randomNormal([2, 3, 3, 1], 0, 1, 'float32', 3);

  test('moves each of its weights, and survives save and load', async () => {
    const [model, xs, ys] = [net(), x(), tf.randomNormal([2, 2, 2, 2], 0, 1, 'float32', 4)];
    model.compile({ optimizer: tf.train.adam(0.1), loss: squares });
    const before = model.getWeights().map((w) => w.arraySync());
    expect(Number.isFinite(await model.trainOnBatch(xs, ys))).toBe(true);
    model.getWeights().forEach((w, i) => expect(w.arraySync()).not.toEqual(before[i]));
    const loaded = await tf.loadLayersModel(throughFile(await artifactsOf(model)));
    expect(loaded.layers[0]!.getConfig()).toEqual(model.layers[0]!.getConfig());
    const values = (m: tf.LayersModel): unknown => m.getWeights().map((w) => w.arraySync());
    expect(values(loaded)).toEqual(values(model));
  });

  test('has draws of the mean and the variance that its moments say', async () => {
    const [model, xs] = [net(), x()];
    const p = await predictive(model, xs, { samples: S, seed: 1 });
    const { mean, variance } = await predictiveMoments(model, xs);
    const [m, v] = [mean.dataSync(), variance.dataSync()];
    // Outputs are Gaussian: z of the mean, and of a variance whose own is 2σ⁴/(S − 1).
    expectChance(Array.from(p.mean().dataSync(), (a, i) => (a - m[i]!) / Math.sqrt(v[i]! / S)));
    const ratios = Array.from(p.variance().dataSync(), (a, i) => a / v[i]! - 1);
    expectChance(ratios.map((r) => r * Math.sqrt((S - 1) / 2)));
  });
});
