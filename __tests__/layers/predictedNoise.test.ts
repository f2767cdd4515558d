import * as tf from '@tensorflow/tfjs';
import {
  gaussianNLL,
  layers,
  posteriorMean,
  predictedNoise,
  predictive,
  predictiveMoments,
  PredictedNoise,
} from '../../src';
import { eachBackend, startBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const net = (): tf.Sequential =>
  tf.sequential({
    layers: [
      layers.dense({ units: 2, inputShape: [1], datasetSize: 200, seed: 1 }),
      predictedNoise({ name: 'noise' }),
    ],
  });

eachBackend('PredictedNoise', () => {
  test('changes no number and takes targets as they are, in fit, evaluate and validation', async () => {
    const model = net();
    model.compile({ optimizer: tf.train.adam(0.05), loss: gaussianNLL({ stddev: 'output' }) });
    // The noise grows with x: its stddev is 0.1 at −1 and 1 at 1.
    const [x, y] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
      const xs = tf.linspace(-1, 1, 200).reshape([200, 1]);
      const stddev = tf.add(0.55, tf.mul(0.45, xs));
      return [xs, tf.mul(stddev, tf.randomNormal([200, 1], 0, 1, 'float32', 5))];
    });
    const options = { epochs: 60, batchSize: 50, verbose: 0, shuffle: false };
    const { history } = await model.fit(x, y, { ...options, validationData: [x, y] });
    expect(history.val_loss!.at(-1)!).toBeLessThan(history.val_loss![0] as number);
    const loss = model.evaluate(x, y) as tf.Scalar;
    expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
    const p = await predictive(model, tf.tensor2d([[-1], [1]]), { samples: 200, seed: 1 });
    const [low, high] = tf.sqrt(p.varianceSplit().aleatoric).dataSync();
    expect(high! / low!).toBeGreaterThan(2);
    const plain = posteriorMean(model);
    expect(plain.layers.map((layer) => layer.getClassName())).toEqual(['InputLayer', 'Dense', 'Activation']);
    const moments = await predictiveMoments(model, tf.tensor2d([[-1], [1]]));
    const means = tf.slice(plain.predict(tf.tensor2d([[-1], [1]])) as tf.Tensor, [0, 0], [2, 1]);
    expectAllClose(moments.mean, means, { atol: 1e-4 });
    p.dispose();
    [model, plain].forEach((each) => each.dispose());
    tf.dispose([x, y, loss, moments]);
  });

  test('survives save and load, and leaves nothing behind', async () => {
    const model = net();
    const saved: tf.io.ModelArtifacts[] = [];
    await model.save(
      tf.io.withSaveHandler((artifacts) => {
        saved.push(artifacts);
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved[0]!));
    expect(loaded.layers[1]).toBeInstanceOf(PredictedNoise);
    expect(loaded.layers[1]!.getConfig()).toEqual(model.layers[1]!.getConfig());
    const layer = predictedNoise();
    const x = tf.tensor2d([[1, 2]]);
    expectNoLeak(() => {
      const y = layer.apply(x) as tf.Tensor;
      expectAllClose(y, x);
      y.dispose();
    });
    x.dispose();
    [model, loaded].forEach((each) => each.dispose());
  });
});

describe('PredictedNoise', () => {
  beforeAll(() => startBackend('cpu'));

  test('refuses an odd number of outputs, and options that it has not', () => {
    const message =
      /must hold K means and K raw scales \[\.\.\., 2K\], got \[.*3\]; give the layer before it 2K units/;
    expect(() =>
      tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [1] }), predictedNoise()] }),
    ).toThrow(message);
    expect(() => predictedNoise({ units: 2 } as object)).toThrow('PredictedNoise: options must be among');
  });
});
