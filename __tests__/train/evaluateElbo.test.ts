import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { evaluateElbo, type EvaluateElboOptions } from '../../src/train/evaluateElbo';
import { klOf, momentsOf, scattered, type Matrix } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { FALSE_ALARM, largestZ } from '../helpers/gaussianTests';
import { collectWarnings } from '../helpers/warnings';

const σ = 0.5;
const [X, y] = [scattered(30, 3), scattered(30, 1, 5)];
const [A_mean, A_scale]: Matrix[] = [[[0.5], [-1], [0.2]], [[0.3], [0.1], [0.5]]]; // prettier-ignore

function linear(weight_space_sampling = false): tf.Sequential {
  const layer = hiddenLayer({
    ...{
      units: 1,
      inputShape: [3],
      KL_factor: 0.7,
      klWeight: 0.2,
      non_linearity: 'linear',
      weight_space_sampling,
    },
    ...{ include_hidden_bias: false, include_input_bias: false },
  });
  const model = tf.sequential({ layers: [layer] });
  layer.setPosterior({ A_mean: A_mean!, A_scale: A_scale! });
  model.compile({
    optimizer: 'sgd',
    loss: gaussianNLL({ stddev: σ }),
    metrics: [gaussianNLL({ stddev: σ })],
  });
  return model;
}

/** E[nll] = ½ ((y − mean)² + variance) / σ² + ln σ + ½ ln 2π: exact for a linear net. */
const { mean, variance } = momentsOf(X, A_mean!, A_scale!);
const exact =
  y.reduce((sum, [v], i) => sum + 0.5 * ((v! - mean[i]![0]!) ** 2 + variance[i]![0]!) / σ ** 2, 0) / 30 +
  Math.log(σ) + 0.5 * Math.log(2 * Math.PI); // prettier-ignore
const kl = A_mean!.reduce((sum, [m], d) => sum + klOf(m!, A_scale![d]![0]!, 1), 0);

eachBackend('evaluateElbo', () => {
  collectWarnings();
  const run = async (options?: EvaluateElboOptions, model = linear()) => {
    const data = { x: tf.tensor2d(X), y: tf.tensor2d(y) };
    const before = tf.memory().numTensors;
    const result = await evaluateElbo(model, data, options);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(data);
    return result;
  };

  test.each([false, true])(
    'is right to its standard error, whatever klWeight and factor (weight space: %p)',
    async (space) => {
      const {
        elbo,
        nll,
        kl: perExample,
        standardError,
        samples,
      } = await run({ samples: 60, seed: 3 }, linear(space));
      expect(samples).toBe(60);
      expect(perExample).toBeCloseTo(kl / 30, 5);
      expect(elbo).toBeCloseTo(-(nll + perExample), 10);
      expect(standardError).toBeGreaterThan(0);
      // Student's t of 59 degrees of freedom reaches further than a Gaussian: a third more at this level.
      expect(Math.abs(nll - exact) / standardError).toBeLessThan(1.34 * largestZ(1));
      expect(standardError).toBeLessThan(0.2 * exact);
      expect(FALSE_ALARM).toBe(1e-6);
    },
  );

  test('has the standard error that its draws show', async () => {
    const estimates: number[] = [];
    for (let seed = 0; seed < 40; seed++) estimates.push((await run({ samples: 5, seed })).nll);
    const m = estimates.reduce((a, b) => a + b) / 40;
    const spread = Math.sqrt(estimates.reduce((sum, v) => sum + (v - m) ** 2, 0) / 39);
    const { standardError } = await run({ samples: 100, seed: 99 });
    // 40 estimates know their spread to 1/√78 = 11 %, 100 draws to 7 %: five times both together.
    expect(Math.abs(Math.log(spread / (standardError * Math.sqrt(20))))).toBeLessThan(0.66);
  });

  test('is the same again from a seed, 0 included, and leaves the layers’ own draws alone', async () => {
    const [a, b, c] = [await run({ seed: 0 }), await run({ seed: 0 }), await run({ seed: 1 })];
    expect(b).toEqual(a);
    expect(c.nll).not.toBe(a.nll);
    expect((await run()).nll).not.toBe((await run()).nll);
  });

  test('spreads the KL over the examples that were trained on', async () => {
    expect((await run({ datasetSize: 3000 })).kl).toBeCloseTo(kl / 3000, 7);
  });
});

describe('evaluateElbo refuses', () => {
  beforeAll(() => tf.setBackend('cpu'));
  test.each([
    [{ samples: 1 }, 'a standard error needs at least 2 samples, got 1'],
    [{ samples: 0 }, 'samples must be a whole number of at least 1, got 0'],
    [{ seed: 0.5 }, 'seed must be a whole number, got 0.5'],
    [{ datasetSize: -1 }, 'datasetSize must be a whole number of at least 1, got -1'],
    [{ batchSize: 0 }, 'batchSize must be a whole number of at least 1, got 0'],
    [{ draws: 5 }, 'options must be among samples, datasetSize, seed, batchSize, got draws'],
  ])('%j', async (wrong, message) => {
    const data = { x: tf.tensor2d(X), y: tf.tensor2d(y) };
    await expect(evaluateElbo(linear(), data, wrong as EvaluateElboOptions)).rejects.toThrow(
      `evaluateElbo: ${message}`,
    );
  });

  test('a model that is not compiled, one without a Bayesian layer, data that are no tensors', async () => {
    const data = { x: tf.tensor2d(X), y: tf.tensor2d(y) };
    const hidden = hiddenLayer({ units: 1, inputShape: [3], include_hidden_bias: false });
    await expect(evaluateElbo(tf.sequential({ layers: [hidden] }), data)).rejects.toThrow(
      'the model must be compiled',
    );
    const dense = tf.layers.dense({ units: 1, inputShape: [3] });
    await expect(evaluateElbo(tf.sequential({ layers: [dense] }), data)).rejects.toThrow(
      'must hold a Bayesian layer',
    );
    await expect(evaluateElbo(linear(), { ...data, x: X } as never)).rejects.toThrow(
      'data.x must be a tensor',
    );
  });
});
