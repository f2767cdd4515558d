import * as tf from '@tensorflow/tfjs';
import {
  bernoulliNLL,
  calibrate,
  categoricalNLL,
  gaussianNLL,
  intervalCoverage,
  logPredictiveDensity,
  nll,
  poissonNLL,
  predictive,
  studentTNLL,
  type Calibration,
} from '../../src';
import { onBackend, startBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, modelsOfEachTest, output, sequential } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const OPTIONS = { samples: 20, seed: 4 };
const inputs = (rows: number, seed = 1): tf.Tensor2D => tf.randomNormal([rows, 3], 0, 1, 'float32', seed);
/** Class indices [N], each drawn from its row of probabilities: the greatest ln p + Gumbel noise. */
const drawnFrom = (p: tf.Tensor, seed: number): tf.Tensor =>
  tf.tidy(() =>
    p
      .log()
      .sub(tf.randomUniform(p.shape, 1e-6, 1, 'float32', seed).log().neg().log())
      .argMax(-1),
  );

// Fitted on numbers that have been read, which are those of any backend to rounding; `givenCalibration.test.ts` has all.
onBackend('wasm', 'calibrate', () => {
  const { made } = modelsOfEachTest(0.3);
  const net = (
    loss: object,
    activation: 'linear' | 'softmax' | 'sigmoid' = 'linear',
    units = 2,
  ): tf.LayersModel => {
    const model = made(
      sequential(hidden({ inputShape: [3], units: 8 }), output({ units, non_linearity: activation })),
    );
    model.compile({ optimizer: 'sgd', loss: loss as never });
    return model;
  };

  test.each<'softmax' | 'linear'>(['linear'])('finds the temperature of classes: %s', async (activation) => {
    const outputs = activation === 'softmax' ? 'probabilities' : 'logits';
    const model = net(categoricalNLL({ outputs }), activation, 3);
    const x = inputs(400);
    const truth = await predictive(model, x, { ...OPTIONS, calibration: { temperature: 2 } });
    const labels = drawnFrom(truth.mean(), 7);
    const raw = await predictive(model, x, OPTIONS);
    const found = await calibrate(model, { x, y: labels }, OPTIONS);
    // The slope of ln p in ln T is that of the logits about their mean, over T: its variance is Fisher's information.
    const p = truth.mean();
    const lnP = p.log();
    const information = tf.sub(p.mul(lnP.square()).sum(-1), p.mul(lnP).sum(-1).square()).mean();
    const error = 1 / Math.sqrt(400 * information.dataSync()[0]!);
    expect(error).toBeLessThan(0.25);
    expect(Math.abs(Math.log(found.temperature! / 2))).toBeLessThan(5 * error);
    // Before and after it, the figures are those of the predictions.
    const after = await predictive(model, x, OPTIONS);
    expectAllClose(nll(raw.mean(), labels).mean(), found.nllBefore!, { atol: 1e-4 });
    expectAllClose(nll(after.mean(), labels).mean(), found.nllAfter!, { atol: 1e-4 });
    expect(found.nllAfter).toBeLessThan(found.nllBefore!);
    expect(found).toMatchObject({ examples: 400, likelihood: { family: 'categorical', outputs } });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    // Fitted again it is fitted to the model, not to the calibrated one; one-hot rows are labels too.
    const again = await calibrate(model, { x, y: tf.oneHot(labels.toInt(), 3) }, OPTIONS);
    expect(again).toEqual(found);
    [truth, raw, after].forEach((each) => each.dispose());
  });

  test('finds the temperature of labels that are yes or no', async () => {
    const model = net(bernoulliNLL(), 'sigmoid');
    const x = inputs(400);
    const truth = await predictive(model, x, { ...OPTIONS, calibration: { temperature: 3 } });
    const y = tf.less(tf.randomUniform([400, 2], 0, 1, 'float32', 5), truth.mean());
    const { temperature, nllAfter } = await calibrate(model, { x, y }, OPTIONS);
    expect(Math.abs(Math.log(temperature! / 3))).toBeLessThan(0.5);
    const p = await predictive(model, x, OPTIONS);
    const ofLabel = tf.where(y, p.mean(), tf.sub(1, p.mean()));
    expectAllClose(tf.neg(ofLabel.log().mean()), nllAfter!, { atol: 1e-4 });
    [truth, p].forEach((each) => each.dispose());
  });

  test.each([2.5])(
    'finds the scale of noisy numbers, and the intervals are right after it: %d',
    async (scale) => {
      const model = net(gaussianNLL({ stddev: 0.5 }));
      const N = 1000;
      // A target of each row from one of its draws, stretched about their mean.
      const targets = async (x: tf.Tensor, seed: number): Promise<tf.Tensor> => {
        const p = await predictive(model, x, { ...OPTIONS, calibration: false });
        const y = tf.tidy(() => {
          const which = tf
            .oneHot(tf.randomUniform([N], 0, 20, 'int32', seed), 20)
            .toFloat()
            .transpose()
            .expandDims(2);
          const noise = tf.randomNormal([N, 2], 0, 0.5, 'float32', seed + 1);
          return p.mean().add(p.draws().mul(which).sum(0).add(noise).sub(p.mean()).mul(scale));
        });
        p.dispose();
        return y;
      };
      const x = inputs(N);
      const found = await calibrate(model, { x, y: await targets(x, 11) }, OPTIONS);
      // Of a Gaussian the relative error is 1/√(2N); both targets of a row come from one draw.
      expect(Math.abs(Math.log(found.scale! / scale))).toBeLessThan(5 / Math.sqrt(2 * N));
      const fresh = inputs(N, 2);
      const y = await targets(fresh, 21);
      const p = await predictive(model, fresh, OPTIONS);
      for (const level of [0.5, 0.9]) {
        const [coverage] = intervalCoverage(p.interval(level), y).dataSync();
        expect(Math.abs(coverage! - level)).toBeLessThan(5 * Math.sqrt((level * (1 - level)) / N));
      }
      const raw = await predictive(model, fresh, { ...OPTIONS, calibration: false });
      const [before] = intervalCoverage(raw.interval(0.9), y).dataSync();
      expect(Math.abs(before! - 0.9)).toBeGreaterThan(0.06);
      [p, raw].forEach((each) => each.dispose());
    },
  );

  test('with noise of the output, heavy tails and a column as the targets: the draws have the density that it tells', async () => {
    const loss = studentTNLL({ df: 5, scale: 'output' });
    const model = net(loss);
    const x = inputs(200);
    const y = tf.randomNormal([200], 0, 3, 'float32', 3);
    const found = await calibrate(model, { x, y }, OPTIONS);
    const p = await predictive(model, x, OPTIONS);
    const density = logPredictiveDensity(p.draws(), y.reshape([200, 1]), loss);
    expectAllClose(tf.neg(density.mean()), found.nllAfter!, { atol: 1e-3 });
    expect(found.nllAfter).toBeLessThan(found.nllBefore! - 3 * found.standardError!);
    p.dispose();
  });

  test('of several outputs: one each, none for counts', async () => {
    const input = tf.input({ shape: [3] });
    const h = apply(hidden(), input);
    const model = made(
      tf.model({
        inputs: input,
        outputs: [
          apply(output({ name: 'size', units: 1 }), h),
          apply(output({ name: 'count', units: 1 }), h),
        ],
      }),
    );
    model.compile({
      optimizer: 'sgd',
      loss: { size: gaussianNLL({ stddev: 1 }), count: poissonNLL() },
    });
    const x = inputs(50);
    const size = tf.randomNormal([50, 1], 0, 2, 'float32', 3);
    const [first, second] = await calibrate<Array<Calibration | undefined>>(
      model,
      { x, y: { count: tf.ones([50, 1]), size } },
      OPTIONS,
    );
    expect(first!.scale).toBeGreaterThan(1);
    expect(second).toBeUndefined();
    const p = await predictive(model, x, { likelihood: [gaussianNLL({ stddev: 1 }), undefined] });
    expectAllClose(p.output(0).varianceSplit().aleatoric, tf.fill([50, 1], first!.scale! ** 2), {
      rtol: 1e-4,
    });
    p.dispose();
  });

  test('leaves no tensor behind', async () => {
    const model = net(gaussianNLL({ stddev: 1 }));
    const [x, y] = [inputs(20), tf.randomNormal([20, 2], 0, 2, 'float32', 3)];
    await expectNoLeakLater(async () => {
      await calibrate(model, { x, y }, OPTIONS);
    });
    const classes = net(categoricalNLL(), 'softmax');
    const labels = tf.tidy(() => y.argMax(-1));
    await expectNoLeakLater(async () => {
      await calibrate(classes, { x, y: labels }, OPTIONS);
    });
  });
});

describe('calibrate refuses', () => {
  beforeAll(() => startBackend('cpu'));
  const { made } = modelsOfEachTest(0.01);

  test('what only looks like a model', async () => {
    const model = { layers: [], inputs: [], outputs: [] } as never;
    const data = { x: tf.ones([3, 3]), y: tf.ones([3, 2]) };
    await expect(calibrate(model, data)).rejects.toThrow('calibrate: ');
  });

  test.each<[string, object | undefined, (x: tf.Tensor) => tf.Tensor, string]>([
    [
      'counts',
      poissonNLL(),
      () => tf.ones([30, 2]),
      'calibrate: the outputs must be of classes, labels, or numbers with Gaussian or Student’s t noise, got a poisson likelihood',
    ],
    ['no likelihood', undefined, () => tf.ones([30, 2]), 'got outputs without a likelihood'],
    [
      'targets of another shape',
      gaussianNLL({ stddev: 1 }),
      () => tf.ones([30, 3]),
      'y must have the shape [30, 2], got [30, 3]',
    ],
    [
      'a target that is no number',
      gaussianNLL({ stddev: 1 }),
      () => tf.fill([30, 2], NaN),
      'y must hold finite numbers, got a value of NaN',
    ],
    [
      'labels that are none',
      categoricalNLL({ outputs: 'logits' }),
      () => tf.fill([30], 2),
      'y must hold whole numbers from 0 to 1, got a value of 2',
    ],
    [
      'rows that are not one-hot',
      categoricalNLL({ outputs: 'logits' }),
      () => tf.fill([30, 2], 0.5),
      'every row of y must be one-hot',
    ],
    [
      'rows all of which are right',
      categoricalNLL({ outputs: 'logits' }),
      (x) => x.argMax(-1),
      'the held-out examples must determine the temperature, got 30 that ask for an ever smaller one; take more',
    ],
  ])('%s', async (_, loss, targets, message) => {
    const model = made(sequential(output({ inputShape: [2] })), 1e-6);
    const layer = model.layers[0] as ReturnType<typeof output>;
    layer.setPosterior({ A_mean: tf.eye(2), A_scale: tf.fill([2, 2], 1e-6) });
    if (loss !== undefined) model.compile({ optimizer: 'sgd', loss: loss as never });
    const x = tf.randomNormal([30, 2], 0, 5, 'float32', 1);
    const y = targets(x);
    await expectCleanRejection(() => calibrate(model, { x, y }, { samples: 2 }), message);
    expect(model.getUserDefinedMetadata()).toBeUndefined();
  });

  test('what is no data', async () => {
    const model = made(sequential(output({ inputShape: [2] })));
    const x = tf.ones([2, 2]);
    await expectCleanRejection(() => calibrate(model, x as never), 'calibrate: data must be {x, y}');
  });
});
