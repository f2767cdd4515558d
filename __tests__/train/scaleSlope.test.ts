import * as tf from '@tensorflow/tfjs';
import { bayesianLayers } from '../../src/layers/bayesian';
import { hiddenLayer } from '../../src/layers/hidden';
import * as family from '../../src/layers/family';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { excessLoss, missingFactor, ScaleSlope, type Slope } from '../../src/train/scaleSlope';
import { eachBackend } from '../helpers/eachBackend';

const [N, NOISE, PRIOR] = [64, 0.5, 0.7];
const WIDTHS = [0.2, 1, 3];
const RATE = 1e-12;

/** A line through the origin, whose posterior has a closed form: 1/s*² = 1/p² + Σ x² / (T σ²) for each weight alone. */
function line(T: number): { model: tf.Sequential; x: tf.Tensor2D; y: tf.Tensor; rest: number[] } {
  const x = tf.tidy(() =>
    tf.mul<tf.Tensor2D>(tf.randomNormal([N, WIDTHS.length], 0, 1, 'float32', 1), tf.tensor1d(WIDTHS)),
  );
  const layer = hiddenLayer({
    ...{ units: 1, inputShape: [WIDTHS.length], non_linearity: 'linear', seed: 1 },
    ...{ include_hidden_bias: false, include_input_bias: false },
    ...{ A_prior_scale: PRIOR, datasetSize: N, klWeight: T, name: 'line' },
  });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer: tf.train.sgd(RATE), loss: gaussianNLL({ stddev: NOISE }) });
  const squares = tf.tidy(() => Array.from(tf.sum(tf.square(x), 0).dataSync()));
  const rest = squares.map((sum) => 1 / Math.sqrt(1 / PRIOR ** 2 + sum / (T * NOISE ** 2)));
  return { model, x, y: tf.zeros([N, 1]), rest };
}

async function listened(model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor, steps: number): Promise<Slope[]> {
  const watch = new ScaleSlope(bayesianLayers(model), model.optimizer, () => true);
  for (let step = 0; step < steps; step++) await model.trainOnBatch(x, y);
  const found = await watch.slopes();
  watch.dispose();
  return found;
}

eachBackend('ScaleSlope', () => {
  // The steps are of no size: what is said is not said by how far anything moved.
  test.each([
    [1, 1],
    [0.5, 1],
    [3, 1],
    [1, 0.05],
    [0.5, 0.05],
    [3, 0.05],
  ])('finds stddevs that are %p times those of the posterior, klWeight %p', async (times, T) => {
    const { model, x, y, rest } = line(T);
    const [layer] = model.layers as [ReturnType<typeof hiddenLayer>];
    layer.setPosterior({ A_mean: [[0], [0], [0]], A_scale: rest.map((s) => [times * s]) });
    const [{ name, weights, slope, standardError }] = (await listened(model, x, y, 100)) as [Slope];
    expect({ name, weights }).toEqual({ name: 'line', weights: 3 });
    // Of a mean of 64 squares of Gaussians 100 steps leave 1.8 % of noise.
    const noise = 3 * Math.sqrt(2 / N / 100);
    expect(Math.abs(missingFactor(slope) * times - 1)).toBeLessThan(noise);
    expect(standardError).toBeLessThan(noise * times ** 2);
    expect(standardError).toBeGreaterThan((noise * times ** 2) / 10);
    // What the loss loses on the way to its least, by its formula: KL and nll of the noise, as c goes from 1 to 1/times.
    const lost = 0.5 * (times ** 2 - 1) - Math.log(times);
    expect(Math.abs(excessLoss(slope) - lost)).toBeLessThan(noise * (times ** 2 + 1));
    tf.dispose([x, y]);
    model.dispose();
  });

  test('leaves nothing behind, at the optimizer neither', async () => {
    const { model, x, y } = line(1);
    await listened(model, x, y, 1);
    const before = tf.memory().numTensors;
    await listened(model, x, y, 3);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(model.optimizer)).not.toContain('applyGradients');
    tf.dispose([x, y]);
    model.dispose();
  });
});

describe('ScaleSlope', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('layers apart, without those that are frozen or have no KL', async () => {
    const shared = { units: 2, datasetSize: N, useBias: true } as const;
    const model = tf.sequential({
      layers: [
        family.dense({ ...shared, inputShape: [3], name: 'first', trainable: false }),
        family.dense({ ...shared, name: 'second', klWeight: 0 }),
        family.dense({ ...shared, name: 'third' }),
      ],
    });
    model.compile({ optimizer: tf.train.sgd(RATE), loss: gaussianNLL({ stddev: 1 }) });
    const [x, y] = [tf.ones([N, 3]), tf.ones([N, 2])];
    expect((await listened(model, x, y, 2)).map(({ name }) => name)).toEqual(['third']);
    tf.dispose([x, y]);
    model.dispose();
  });

  test('ends itself where training was broken off', async () => {
    const { model, x, y } = line(1);
    let goesOn = true;
    const watch = new ScaleSlope(bayesianLayers(model), model.optimizer, () => goesOn);
    await model.trainOnBatch(x, y);
    const before = tf.memory().numTensors;
    goesOn = false;
    await model.trainOnBatch(x, y);
    expect(tf.memory().numTensors).toBe(before - 1);
    expect(Object.keys(model.optimizer)).not.toContain('applyGradients');
    expect(await watch.slopes()).toEqual([]);
    tf.dispose([x, y]);
    model.dispose();
  });
});
