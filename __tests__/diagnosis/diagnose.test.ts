/** Nets that are trained wrongly on purpose: the diagnosis names the fault. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import type { HiddenLayerOptions } from '../../src/layers/hiddenOptions';
import { categoricalNLL } from '../../src/likelihoods/categorical';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { poissonNLL } from '../../src/likelihoods/poisson';
import { studentTNLL } from '../../src/likelihoods/studentT';
import { poissonCdf } from '../../src/numerics/incompleteGamma';
import { diagnose, type DiagnoseOptions } from '../../src/diagnosis/diagnose';
import type { Fault } from '../../src/diagnosis/findings';
import { setCalibration } from '../../src/predict/givenCalibration';
import { startBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { sequential, output } from '../helpers/models';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => startBackend('wasm'));
collectWarnings();

interface Training {
  /** Of the targets: prices in cents, say. */
  unit?: number;
  /** What the loss takes for the stddev of the noise. */
  stddev?: number;
  last?: Partial<HiddenLayerOptions>;
  options?: Partial<HiddenLayerOptions>;
  N?: number;
  noise?: number;
  width?: number;
  depth?: number;
  rate?: number;
  epochs: number;
}

/** sin 3x with noise, on a grid that looks random. */
function data(N: number, noise: number, unit = 1, first = 0): { x: tf.Tensor2D; y: tf.Tensor2D } {
  const xs = Array.from({ length: N }, (_, n) => 2 * (((first + n) * 0.618034) % 1) - 1);
  const ys = xs.map((x, n) => {
    const i = first + n;
    // Box and Muller, of two sequences that fill the square evenly.
    const radius = Math.sqrt(-2 * Math.log(1 - ((i * 0.7548776662) % 1)));
    return unit * (Math.sin(3 * x) + noise * radius * Math.cos(2 * Math.PI * ((i * 0.569840291) % 1)));
  });
  return { x: tf.tensor2d(xs, [N, 1]), y: tf.tensor2d(ys, [N, 1]) };
}

async function trained({
  unit = 1,
  stddev,
  last: lastOptions,
  options,
  N = 64,
  noise = 0.1,
  width = 10,
  depth = 1,
  rate = 0.03,
  epochs,
}: Training) {
  const common = { KL_factor: 1 / N, non_linearity: 'tanh', ...options } as const;
  const layers = Array.from({ length: depth }, (_, i) =>
    hiddenLayer({
      ...{ units: width, ...common, seed: i, include_input_bias: i === 0 },
      ...(i === 0 && { inputShape: [1] }),
    }),
  );
  const last = hiddenLayer({
    units: 1,
    ...common,
    seed: depth,
    include_hidden_bias: false,
    non_linearity: 'linear',
    ...lastOptions,
  });
  const model = tf.sequential({ layers: [...layers, last] });
  model.compile({
    optimizer: tf.train.adam(rate, 0.9, 0.999, 1e-7),
    loss: gaussianNLL({ stddev: stddev ?? noise }),
  });
  const { x, y } = data(N, noise, unit);
  await model.fit(x, y, { epochs, batchSize: 16, shuffle: false, verbose: 0, yieldEvery: 'never' });
  return { model, x, y, datasetSize: N };
}

test.each([
  ['nothing where all is well', { epochs: 100 }, []],
  ['a KL factor of batch size / N', { epochs: 30, options: { KL_factor: 16 / 64 } }, ['klFactor']],
  ['a KL factor of 1', { epochs: 30, options: { KL_factor: 1 } }, ['klFactor']],
  ['no KL', { epochs: 20, options: { KL_factor: 0 } }, ['klFactor']],
  ['a prior that is too wide', { epochs: 150, options: { A_prior_scale: 100 } }, ['widePrior']],
  [
    'scales started too large, still there',
    { epochs: 30, options: { A_scale_initializer: 1 } },
    ['shrinkingScales'],
  ],
  [
    'scales started too large, and the layer fell back to the prior',
    { N: 32, epochs: 150, rate: 0.05, width: 30, depth: 2, options: { A_scale_initializer: 1 } },
    ['largeInitialScales'],
  ],
  ['scales still far from rest', { epochs: 5, rate: 0.003, width: 60, depth: 2 }, ['growingScales']],
  ['targets out of scale: raw prices', { epochs: 30, unit: 1e5, stddev: 1 }, ['noiseTooSmall']],
  ['targets that are all noise to the loss', { epochs: 30, unit: 1e-3, stddev: 1 }, ['noiseTooLarge']],
  ['a relu at the end that gives 0 alone', { epochs: 30, unit: -1, last: { non_linearity: 'relu', A_mean_initializer: 'zeros' }, options: { non_linearity: 'sigmoid' } }, ['constantOutput']], // prettier-ignore
  [
    'units that were pruned before they had learned',
    { N: 20, noise: 1, width: 30, depth: 2, rate: 0.05, epochs: 150 },
    ['unitsOff'],
  ],
] as Array<[string, Training, string[]]>)('names %s', async (_, training, faults) => {
  const { model, ...options } = await trained(training);
  const diagnosis = await diagnose(model, options);
  const found = diagnosis.findings.map(({ fault }) => fault);
  if (faults.length === 0) expect(found).toEqual([]);
  else expect(found).toEqual(expect.arrayContaining(faults));
  // What is wrong is said in words; the likeliest cause is not hidden behind its consequences.
  const text = String(diagnosis);
  for (const { meaning, remedy } of diagnosis.findings) expect(text).toContain(`${meaning} ${remedy}`);
  if (faults.length === 0) expect(text).toContain('Nothing stands out.');
  for (const { name } of model.layers) expect(text).toContain(name);
  expect(text).not.toContain('NaN');
});

test('stddevs of 3e-4 are no fault where N and the noise ask for them', async () => {
  // y = x + 0.01 ε, N = 4000, ⟨x²⟩ = ⅓: the posterior of the slope has the stddev 0.01 / √(4000/3).
  const { x } = data(4000, 0);
  const y = x.add(tf.randomNormal(x.shape, 0, 0.01, 'float32', 2));
  const layer = hiddenLayer({ units: 1, inputShape: [1], non_linearity: 'linear', include_hidden_bias: false, datasetSize: 4000 }); // prettier-ignore
  const model = sequential(layer);
  model.compile({ optimizer: 'sgd', loss: gaussianNLL({ stddev: 0.01 }) });
  layer.setPosterior({ A_mean: tf.tensor2d([[1]]), A_scale: tf.tensor2d([[0.01 / Math.sqrt(4000 / 3)]]) });
  const right = await diagnose(model, { x, y, datasetSize: 4000, draws: 40 });
  expect([right.findings, right.layers[0]!.collapsed]).toEqual([[], 0]);
  layer.setPosterior({ A_mean: tf.tensor2d([[1]]), A_scale: tf.tensor2d([[1e-7]]) });
  const { findings } = await diagnose(model, { x, y, datasetSize: 4000, draws: 40 });
  expect(findings.map(({ fault }) => fault)).toEqual(['growingScales', 'collapsedScales']);
});

test.each([1, 0.7])(
  'of noise that has no mean, Student’s t with df %p, it says what it says of others',
  async (df) => {
    const N = 400;
    const { x } = data(N, 0);
    // Quantiles of Cauchy's distribution, at levels that fill 0 … 1 evenly.
    const noise = Array.from({ length: N }, (_, n) =>
      Math.tan(Math.PI * ((((n + 0.5) * 0.7548776662) % 1) - 0.5)),
    );
    const y = x.add(tf.tensor2d(noise, [N, 1]).mul(0.1));
    const layer = output({ units: 1, inputShape: [1], KL_factor: 1 / N });
    const model = sequential(layer);
    // Cauchy tells of each example 1/(2 scale²) about its centre.
    layer.setPosterior({ A_mean: tf.tensor2d([[1]]), A_scale: tf.tensor2d([[0.1 / Math.sqrt(N / 6)]]) });
    const said = async (scale: number) => {
      model.compile({ optimizer: 'sgd', loss: studentTNLL({ df, scale }) });
      const validation = { x: x.slice(0, 40), y: y.slice(0, 40) };
      const { findings } = await diagnose(model, { x, y, datasetSize: N, validation, draws: 40 });
      return findings.map(({ fault }) => fault);
    };
    if (df === 1) {
      expect(await said(0.1)).toEqual([]);
      setCalibration(model, { scale: 1, likelihood: { family: 'studentT', df, scale: 0.1 } });
      expect(await said(0.1)).toEqual([]);
      setCalibration(model, null);
    }
    expect(await said(0.001)).toContain('noiseTooSmall');
  },
);

describe('with validation data diagnose says', () => {
  const validated = async (training: Training) => {
    const { model, x, y, datasetSize } = await trained(training);
    const held = data(400, training.noise ?? 0.1, training.unit, 5000);
    const diagnosis = await diagnose(model, { x, y, datasetSize, validation: held });
    expect(diagnosis.validation).toHaveLength(1);
    expect(String(diagnosis)).toContain('on validation data: NLL ');
    return { ...diagnosis, report: diagnosis.validation[0]! };
  };

  test('nothing of a net that is right, but its figures', async () => {
    const { report, findings } = await validated({ epochs: 100, N: 128 });
    expect(findings).toEqual([]);
    expect(report.verdict).toBe('calibrated');
    expect(report.nll).toBeLessThan(report.constantNLL - 1);
    // Three standard errors of 400 targets: 0.045 and 0.075.
    expect(Math.abs(report.coverage90! - 0.9)).toBeLessThan(0.045);
    expect(Math.abs(report.coverage50! - 0.5)).toBeLessThan(0.075);
    expect(report.calibrationError).toBeLessThan(0.05);
  });

  test.each([
    ['overconfident', { epochs: 100, stddev: 0.04 }],
    ['underconfident', { epochs: 100, stddev: 0.3 }],
    ['noBetterThanConstant', { epochs: 60, stddev: 0.7, options: { KL_factor: 20 } }],
  ] as Array<[Fault, Training]>)('%s', async (fault, training) => {
    const { findings, report } = await validated(training);
    expect(findings.map((finding) => finding.fault)).toContain(fault);
    if (fault !== 'noBetterThanConstant') expect(report.verdict).toBe(fault);
  });

  test('of counts what they promise, though an interval of small ones holds more than its level', async () => {
    // y ~ Poisson(e^1.2x), by their quantiles at levels that fill 0 … 1 evenly.
    const x = Array.from({ length: 400 }, (_, n) => 2 * ((n * 0.618034) % 1) - 1);
    const y = x.map((v, n) => {
      let k = 0;
      while (poissonCdf(k, Math.exp(1.2 * v)) < (n * 0.7548776662) % 1) k++;
      return k;
    });
    const layer = output({ units: 1, inputShape: [1] });
    const model = sequential(layer);
    model.compile({ optimizer: 'sgd', loss: poissonNLL() });
    const said = async (scale: number, factor: number) => {
      layer.setPosterior({ A_mean: tf.tensor2d([[1.2]]), A_scale: tf.tensor2d([[scale]]) });
      const targets = tf.tensor2d(y, [400, 1]).mul(factor);
      const { validation } = await diagnose(model, {
        validation: { x: tf.tensor2d(x, [400, 1]), y: targets },
      });
      return validation[0]!;
    };
    const { verdict, coverage50, coverage90, calibrationError } = await said(0.01, 1);
    expect(verdict).toBe('calibrated');
    expect(coverage50).toBeCloseTo(0.5, 1);
    expect(coverage90).toBeCloseTo(0.9, 1);
    expect(calibrationError).toBeLessThan(0.03);
    expect((await said(3, 1)).verdict).toBe('underconfident');
    expect((await said(0.01, 4)).verdict).toBe('overconfident');
  });

  test('of class indices for each position the same as of one-hot rows', async () => {
    const layer = output({ units: 3, inputShape: [4, 2], non_linearity: 'softmax', seed: 1 });
    const model = sequential(layer);
    model.compile({ optimizer: 'sgd', loss: categoricalNLL() });
    const x = tf.randomNormal([20, 4, 2], 0, 1, 'float32', 1);
    const y = tf.tensor2d(
      Array.from({ length: 80 }, (_, i) => (i * i) % 3),
      [20, 4],
      'int32',
    );
    const oneHot = tf.oneHot(y, 3).toFloat();
    const [of, ofOneHot] = await Promise.all(
      [y, oneHot].map(
        async (targets) => (await diagnose(model, { validation: { x, y: targets } })).validation[0]!,
      ),
    );
    expect(of!.constantNLL).toBeCloseTo(ofOneHot!.constantNLL, 5);
    expect(of!.constantNLL).toBeGreaterThan(1);
  });

  test('what it needs', async () => {
    const { model, x, y } = await trained({ epochs: 1 });
    const wide = tf.zeros([x.shape[0], 3]);
    await expectCleanRejection(
      () => diagnose(model, { validation: { x, y: wide } }),
      'yTrue must have the shape',
    );
    const validation = { x, y };
    await expectCleanRejection(
      () => diagnose(model, { validation, likelihood: (_, yPred) => yPred.mean() }),
      'validation needs a loss that tells its likelihood',
    );
    const few = y.slice(0, 3);
    await expectCleanRejection(
      () => diagnose(model, { validation: { x, y: few } }),
      'all tensors of validation.x and validation.y must have 64 rows, got [3, 1]',
    );
    await expectCleanRejection(() => diagnose(model, { validation: { x } as never }), 'validation.y must be');
    await expectNoLeakLater(async () => {
      await diagnose(model, { x, y, validation });
    });
  });
});

describe('diagnose', () => {
  test('without data looks at the posteriors alone, changes nothing and leaks nothing', async () => {
    const { model, x, y, datasetSize } = await trained({ epochs: 1 });
    const before = [model.getWeights().map((w) => w.arraySync()), tf.memory().numTensors];
    const { layers, findings } = await diagnose(model);
    expect(findings).toEqual([]);
    expect(
      layers.map(({ weights, scaleSlope, factorTimesN }) => [weights, scaleSlope, factorTimesN]),
    ).toEqual([
      [20, undefined, undefined],
      [11, undefined, undefined],
    ]);
    await diagnose(model, { x, y, datasetSize, draws: 2 });
    expect([model.getWeights().map((w) => w.arraySync()), tf.memory().numTensors]).toEqual(before);
  });

  test('leaves the gradients of frozen layers out', async () => {
    const { model, x, y } = await trained({ epochs: 1 });
    model.layers[0]!.trainable = false;
    const { layers } = await diagnose(model, { x, y });
    expect(layers.map(({ gradientNoise }) => gradientNoise === undefined)).toEqual([true, false]);
  });

  test.each([
    [{ x: 'x' }, 'x and y belong together, got x alone'],
    [{ y: 'y' }, 'x and y belong together, got y alone'],
    [{ draws: 1 }, 'the noise of a gradient needs at least 2 draws, got 1'],
    [{ datasetSize: 0 }, 'datasetSize must be a whole number of at least 1, got 0'],
    [{ data: 1 }, 'options must be among x, y, datasetSize, draws, likelihood, validation, got data'],
    [{ x: [1, 2], y: [1, 2] }, 'x must be 1 tensor(s), or named'],
  ])('refuses %j', async (wrong, message) => {
    const { model } = await trained({ epochs: 1 });
    await expect(diagnose(model, wrong as unknown as DiagnoseOptions)).rejects.toThrow(
      `diagnose: ${message}`,
    );
  });

  test('refuses a model that is not compiled when data are given, and one without a Bayesian layer', async () => {
    const { x, y } = data(8, 1);
    const hidden = hiddenLayer({ units: 1, inputShape: [1], include_hidden_bias: false });
    await expect(diagnose(tf.sequential({ layers: [hidden] }), { x, y })).rejects.toThrow(
      'the model must be compiled',
    );
    const dense = tf.layers.dense({ units: 1, inputShape: [1] });
    await expect(diagnose(tf.sequential({ layers: [dense] }))).rejects.toThrow('must hold a Bayesian layer');
  });
});
