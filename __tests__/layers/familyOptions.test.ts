/** What the layers of the family refuse, each with one clear error and nothing left behind. */
import * as tf from '@tensorflow/tfjs';
import { layers } from '../../src';
import type { FamilyLayer } from '../../src/layers/familyLayer';
import { expectCleanThrow } from '../helpers/leaks';

type Options = Record<string, unknown>;
const make = layers as unknown as Record<string, (options: Options) => FamilyLayer>;

/** `dispose` is for layers that were called. */
const disposeWeights = (layer: FamilyLayer): void => {
  (layer as unknown as { disposeWeights: () => void }).disposeWeights();
};

const GOOD: Record<string, [options: Options, shape: number[]]> = {
  dense: [{ units: 2 }, [3]],
  conv1d: [{ filters: 2, kernelSize: 2 }, [5, 3]],
  conv2d: [{ filters: 2, kernelSize: 2 }, [5, 5, 3]],
  conv3d: [{ filters: 2, kernelSize: 2 }, [4, 4, 4, 3]],
  conv2dTranspose: [{ filters: 2, kernelSize: 2 }, [5, 5, 3]],
  depthwiseConv2d: [{ kernelSize: 2 }, [5, 5, 3]],
  embedding: [{ inputDim: 4, outputDim: 2 }, [3]],
};
const WINDOWED = ['conv1d', 'conv2d', 'conv3d', 'conv2dTranspose', 'depthwiseConv2d'];

beforeAll(() => tf.setBackend('cpu'));

describe.each(Object.entries(GOOD))('%s', (kind, [good, shape]) => {
  const made = (options: Options): FamilyLayer => make[kind]!({ ...good, klFactor: 1, ...options });

  test.each([
    [{ klfactor: 1 }, 'klFactor'],
    [{ sead: 1 }, 'seed'],
    [{ kernelRegularizer: 'l1l2' }, 'the prior takes the place of regularizers and constraints'],
    [{ kernelRegularizer: null, biasRegularizer: 'l1l2' }, 'got biasRegularizer as an option'],
    [{ biasConstraint: 'nonNeg' }, 'the prior takes the place of regularizers and constraints'],
    [{ klFactor: -1 }, 'klFactor must be a finite number of at least 0'],
    [{ klWeight: NaN }, 'klWeight must be a finite number of at least 0'],
    [{ datasetSize: 10 }, 'only one of datasetSize and klFactor may be given'],
    [{ klFactor: undefined, datasetSize: 1.5 }, 'datasetSize must be'],
    [{ seed: 0.5 }, 'seed must be a whole number'],
    [{ initialStddev: 0 }, 'initialStddev must be'],
    [{ estimator: 'locale' }, 'estimator must be'],
    [{ prior: 0 }, 'prior must be'],
    [{ prior: null }, 'prior must be a stddev, or {mean, stddev}'],
    [{ prior: [1] }, 'prior must be a stddev, or {mean, stddev}'],
    [{ prior: { scale: 1 } }, 'mean, stddev'],
    [{ prior: { mean: NaN } }, 'the mean of prior must be finite'],
    [{ prior: { stddev: [1, -1] } }, 'the stddev of prior must be'],
    [{ dtype: 'int32' }, 'dtype must be float32'],
  ])('refuses %j', (wrong, message) => {
    expectCleanThrow(() => made(wrong), message);
  });

  test.each([undefined, null, 3, []])('refuses %j for its options', (wrong) => {
    expectCleanThrow(() => make[kind]!(wrong as unknown as Options), /^Bayesian\w+: /);
  });

  test('refuses a prior that does not broadcast, at its input', () => {
    expectCleanThrow(
      () => made({ prior: { mean: [1, 2, 3, 4, 5, 6, 7] } }).build([null, ...shape]),
      // And no word of columns of ones, which these layers have not.
      /: the mean of prior must broadcast to the shape of the weights \[[\d, ]+\], got \[7\]\.$/,
    );
  });

  test('sets what is named, and nothing where one part is wrong', () => {
    const layer = made({});
    layer.build([null, ...shape]);
    const name = layer.gaussians().at(-1)!.name;
    const first = layer.gaussians()[0]!.name;
    const now = (): unknown =>
      tf.tidy(() => [layer.prior(), layer.posterior()].map((p) => [p[name]!.mean, p[first]!.stddev].map((t) => t.arraySync()))); // prettier-ignore
    const before = now();
    for (const wrong of [{ kernle: 1 }, { [first]: 2, [name]: -1 }, { [name]: { stddev: [1] } }])
      expectCleanThrow(() => layer.setPrior(wrong), layer.name);
    for (const wrong of [{ kernle: 1 }, { [name]: { mean: [1] } }, { [name]: { mean: 1, stddev: 1 } }, null])
      expectCleanThrow(() => {
        layer.setPosterior(wrong as unknown as Parameters<FamilyLayer['setPosterior']>[0]);
      }, layer.name);
    expect(now()).toEqual(before);
    layer.setPrior({ [name]: { mean: 3, stddev: 2 } });
    tf.tidy(() => expect(layer.prior()[name]!.stddev.min().dataSync()[0]).toBe(2));
    disposeWeights(layer);
  });

  test('with arrays for a prior has them in weights: saved with these, missing in a layer of a config alone', () => {
    const mean = kind === 'depthwiseConv2d' ? [0.5] : kind === 'conv2dTranspose' ? [1, 2, 3] : [0.5, 0.25];
    const layer = made({ prior: { mean } });
    layer.build([null, ...shape]);
    const config = layer.getConfig();
    expect(config.prior).toEqual({ mean: 'saved', stddev: 1 });
    const cls = layer.constructor as unknown as {
      fromConfig: (cls: unknown, config: unknown) => FamilyLayer;
    };
    const again = cls.fromConfig(cls, JSON.parse(JSON.stringify(config)));
    again.build([null, ...shape]);
    expectCleanThrow(() => again.kl(), 'must be loaded with the weights of the saved model');
    again.setWeights(layer.getWeights());
    tf.tidy(() => expect(again.kl().dataSync()).toEqual(layer.kl().dataSync()));
    [layer, again].forEach(disposeWeights);
  });
});

describe.each(Object.entries(GOOD))('%s that is disposed of', (kind, [good, shape]) => {
  test('still says what it was made with', () => {
    const layer = make[kind]!({ ...good, klFactor: 1, inputShape: shape, prior: 3 });
    const model = tf.sequential({ layers: [layer] });
    layer.setPrior({ [layer.gaussians()[0]!.name]: 0.5 });
    const config = layer.getConfig();
    model.dispose();
    expect(layer.getConfig()).toEqual(config);
    expect(config.prior).toEqual({ mean: 0, stddev: 0.5 });
    expectCleanThrow(() => layer.kl(), 'the layer must not be disposed of');
  });
});

describe.each(WINDOWED)('the window of %s', (kind) => {
  test.each([
    [{ kernelsize: 3, kernelSize: undefined }, 'kernelSize'],
    [{ kernelSize: 0 }, 'kernelSize must be'],
    [{ kernelSize: [1, 1, 1, 1] }, 'kernelSize must be a number, or'],
    [{ strides: 1.5 }, 'strides must be'],
    [{ padding: 'full' }, 'padding must be'],
    [{ dataFormat: 'NCHW' }, 'dataFormat must be'],
    [{ strides: 2, dilationRate: 2 }, 'only one of strides and dilationRate may be above 1'],
  ])('refuses %j', (wrong, message) => {
    expectCleanThrow(() => make[kind]!({ ...GOOD[kind]![0], ...wrong }), message);
  });

  test.each([[[null, 5]], [[null, 5, 5, 5, 5, 5]]])('refuses an input of shape %j', (shape) => {
    expectCleanThrow(() => make[kind]!(GOOD[kind]![0]).build(shape), 'the input must have');
  });
});

describe('what another layer of the family has', () => {
  test.each(['activation', 'useBias', 'kernelInitializer', 'biasPrior'])(
    'embedding refuses: %s',
    (option) => {
      expectCleanThrow(() => make.embedding!({ ...GOOD.embedding![0], [option]: 1 }), option);
    },
  );

  test('depthwiseConv2d refuses kernelInitializer, and saves depthwiseInitializer', () => {
    const wrong = { kernelSize: 2, kernelInitializer: 'zeros' };
    expectCleanThrow(() => make.depthwiseConv2d!(wrong), 'depthwiseInitializer');
    const config = make.depthwiseConv2d!({ kernelSize: 2, depthwiseInitializer: 'zeros' }).getConfig();
    expect([config.depthwiseInitializer, config.kernelInitializer]).toEqual(['zeros', undefined]);
  });
});

test.each([[[[4]]], [[[-1]]], [[[0.5]]], [[[NaN]]]])('an embedding of 4 words refuses %j', (words) => {
  const layer = make.embedding!(GOOD.embedding![0]);
  layer.build([null, 1]);
  expectCleanThrow(
    () => tf.tidy(() => layer.apply(tf.tensor2d(words)) as tf.Tensor),
    'whole numbers from 0 to 3',
  );
  disposeWeights(layer);
});

test('a function for an activation is not saved', () => {
  const layer = make.dense!({ units: 2, activation: (z: tf.Tensor) => z });
  expectCleanThrow(() => layer.getConfig(), 'to be saved, a layer needs the name of its activation');
});
