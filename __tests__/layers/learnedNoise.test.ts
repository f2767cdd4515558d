import * as tf from '@tensorflow/tfjs';
import { HiddenLayer, hiddenLayer } from '../../src/layers/hidden';
import { LearnedNoise, learnedNoise } from '../../src/layers/learnedNoise';
import { register } from '../../src/layers/register';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { meanAndStddev, withScaleColumns } from '../../src/likelihoods/scale';
import { predictive } from '../../src/predict/predictive';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const number = (t: tf.Tensor): number => tf.tidy(() => t.dataSync()[0]!);

function line(stddev: number): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' }),
      learnedNoise({ stddev, name: 'noise' }),
    ],
  });
}

/** Saves a model into memory and loads it from there, through JSON as a file would. */
async function throughSaving(model: tf.LayersModel): Promise<tf.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined })) as tf.io.ModelArtifacts;
      saved.weightData = artifacts.weightData!;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  return tf.loadLayersModel(tf.io.fromMemory(saved!));
}

eachBackend('LearnedNoise', () => {
  test('puts its one raw scale beside every mean, of any rank', () => {
    expectNoLeak(() => {
      const layer = learnedNoise({ stddev: 0.3 });
      tf.tidy(() => {
        const X = tf.tensor3d([
          [
            [1, 2],
            [3, 4],
          ],
        ]);
        const { mean, stddev } = meanAndStddev(layer.apply(X) as tf.Tensor);
        expectAllClose(mean, X);
        expectAllClose(stddev, tf.fill([1, 2, 2], 0.3));
        expectAllClose(layer.stddev(), 0.3);
      });
      layer.dispose();
    });
    // Its length is not told, so that fit takes targets of half of it.
    expect(learnedNoise().computeOutputShape([null, 3])).toEqual([null, null]);
  });

  test('with gaussianNLL finds the maximum likelihood estimate of the noise', async () => {
    // y = 2x − 1 + 0.25 ε. Of 400 residuals the RMS is the estimate; the two parameters of the line are fitted too.
    const N = 400;
    const [x, y] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
      const xs = tf.linspace(-1, 1, N).reshape([N, 1]);
      const noise = tf.randomNormal([N, 1], 0, 0.25, 'float32', 3);
      return [xs, tf.add(tf.sub(tf.mul(2, xs), 1), noise)];
    });
    const model = line(1);
    const loss = gaussianNLL({ stddev: 'output' });
    // Slow enough to come to rest: Adam goes on swinging by about its learning rate.
    model.compile({ optimizer: tf.train.adam(0.03), loss });
    const options = { batchSize: N, epochs: 400, shuffle: false, verbose: 0 };
    await model.fit(x, y, options);
    const before = tf.memory().numTensors;
    await model.fit(x, y, { ...options, epochs: 1 });
    expect(tf.memory().numTensors).toBe(before);
    const [stddev, rms] = tf.tidy(() => {
      const { mean } = meanAndStddev(model.predict(x) as tf.Tensor);
      const residuals = tf.sub(y, mean);
      return [
        number((model.layers[1] as LearnedNoise).stddev()),
        number(tf.sqrt(tf.mean(tf.square(residuals)))),
      ];
    });
    expect(Math.abs(rms - 0.25)).toBeLessThan(4 * (0.25 / Math.sqrt(2 * N)));
    expect(Math.abs(stddev / rms - 1)).toBeLessThan(0.02);
    model.dispose();
    tf.dispose([x, y]);
  });

  test('survives save and load with what it has learned, and trains on', async () => {
    const model = line(0.5);
    const layer = model.layers[1] as LearnedNoise;
    tf.tidy(() => layer.setWeights([tf.tensor1d([-2])]));
    const x = tf.tensor2d([[1], [2]]);
    const loaded = await throughSaving(model);
    expect(loaded.layers[1]).toBeInstanceOf(LearnedNoise);
    expect(loaded.layers[1]!.getConfig()).toEqual(layer.getConfig());
    expect(layer.getConfig()).toMatchObject({ stddev: 0.5, name: 'noise' });
    tf.tidy(() => expectAllClose(loaded.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor));
    loaded.compile({ optimizer: tf.train.sgd(0.1), loss: gaussianNLL({ stddev: 'output' }) });
    const y = withScaleColumns(x);
    const options = { epochs: 1, verbose: 0 };
    await loaded.fit(x, y, options);
    expect(number((loaded.layers[1] as LearnedNoise).stddev())).not.toBeCloseTo(number(layer.stddev()), 5);
    tf.dispose([x, y]);
    model.dispose();
    loaded.dispose();
  });

  test('behind Bayesian layers is the aleatoric part of the predictive variance, and adds nothing to the KL', async () => {
    const layers = [
      hiddenLayer({ units: 4, inputShape: [1], include_input_bias: true, datasetSize: 10, seed: 1 }),
      hiddenLayer({
        units: 1,
        non_linearity: 'linear',
        include_hidden_bias: false,
        datasetSize: 10,
        seed: 2,
      }),
      learnedNoise({ stddev: 0.5 }),
    ];
    const model = tf.sequential({ layers });
    const x = tf.tensor2d([[1], [-2]]);
    const likelihood = { family: 'gaussian', stddev: 'output' } as const;
    const prediction = await predictive(model, x, { samples: 4, seed: 0, likelihood });
    tf.tidy(() => {
      const { aleatoric, epistemic } = prediction.varianceSplit();
      expectAllClose(aleatoric, [[0.25], [0.25]]);
      expect(number(epistemic.min())).toBeGreaterThan(0);
      expect(layers[2]).not.toHaveProperty('kl');
    });
    prediction.dispose();
    x.dispose();
    model.dispose();
  });

  test('stays as it is when trainable is false', () => {
    const layer = learnedNoise({ trainable: false });
    tf.tidy(() => {
      layer.apply(tf.ones([1, 1]));
    });
    expect(layer.trainableWeights).toEqual([]);
    layer.dispose();
  });
});

describe('LearnedNoise', () => {
  test.each([
    [{ stddev: 0 }, 'LearnedNoise: stddev must be a finite number above 0, got 0'],
    [{ stddev: 1e-7 }, 'stddev must be above 0.000001, got 1e-7; scale the targets to the order of 1'],
    [{ stdev: 1 }, 'got stdev; did you mean stddev?'],
    [{ dtype: 'int32' }, 'LearnedNoise: dtype must be float32, got "int32"'],
    [{ trainable: 'no' }, 'LearnedNoise: trainable must be true or false, got "no"'],
    [{ name: 5 }, 'LearnedNoise: name must be a string, got 5'],
    [null, 'LearnedNoise: options must be an object with keys among stddev, '],
  ])('refuses %j', (options, message) => {
    expect(() => learnedNoise(options as object)).toThrow(message);
  });

  test.each([[[]], [[3]]])('refuses an input of shape %j', (shape) => {
    const layer = learnedNoise();
    layer.build([null, 3]);
    const x = tf.zeros(shape);
    expect(() => layer.call(x, {})).toThrow('the input must have at least two axes');
    tf.dispose([x, layer.getWeights()]);
  });

  test('refuses an input whose last axis is not known, and a file of a later version', () => {
    expect(() => learnedNoise().computeOutputShape([null, null])).toThrow(
      'the last of known length, got [?, ?]',
    );
    expect(() => LearnedNoise.fromConfig(LearnedNoise, { format: 2 })).toThrow(
      'from 1 to 1, got 2; update tfjs-bnn',
    );
    expect(() => LearnedNoise.fromConfig(LearnedNoise, { format: -1 })).toThrow('from 1 to 1, got -1.');
  });

  test('is registered once: a second copy of the package is none of ours too many, a stranger is', () => {
    expect(() => register(LearnedNoise)).not.toThrow();
    class Stranger extends tf.layers.Layer {
      static className = 'StrangersNoise';
    }
    tf.serialization.registerClass(Stranger);
    expect(() => register(Stranger)).toThrow(
      'the class name StrangersNoise must be free in tf.serialization',
    );
    expect(() => register(HiddenLayer)).not.toThrow();
  });
});
