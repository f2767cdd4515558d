import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, learnedNoise, predictive, predictiveMoments, type HiddenLayer } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { hiddenMoments, throughLinear } from '../helpers/linearMaps';
import { apply, modelsOfEachTest, rowsFor, sequential } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

/** Linear, without biases: the draws of its outputs are independent. */
const linear = (units: number, inputShape?: number[]): HiddenLayer =>
  hiddenLayer({
    ...{
      units,
      KL_factor: 1,
      non_linearity: 'linear',
      include_hidden_bias: false,
      include_input_bias: false,
    },
    ...(inputShape && { inputShape }),
  });

const seeded = (seed: number): ReturnType<typeof tf.initializers.randomNormal> =>
  tf.initializers.randomNormal({ stddev: 0.7, mean: 0.3, seed });
const weights = { kernelInitializer: seeded(1), biasInitializer: seeded(2) } as const;

const [line, image] = [
  [6, 3],
  [5, 6, 3],
];

/** What makes of the output of `linear(2, shape)` something else. */
const layers: Array<[string, number[], () => tf.layers.Layer]> = [
  ['dense', line, () => tf.layers.dense({ units: 3, ...weights })],
  ['conv1d', line, () => tf.layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, ...weights })],
  [
    'conv1d, dilated, without bias',
    line,
    () =>
      tf.layers.conv1d({
        ...{ filters: 2, kernelSize: 2, padding: 'same', dilationRate: 2, useBias: false, ...weights },
      }),
  ],
  ['conv2d', image, () => tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', ...weights })],
  [
    'conv2d, channelsFirst, with penalties and constraints',
    [2, 5, 3],
    () =>
      tf.layers.conv2d({
        ...{ filters: 2, kernelSize: [2, 1], strides: [2, 1], dataFormat: 'channelsFirst', ...weights },
        ...{ kernelRegularizer: 'l1l2', kernelConstraint: 'nonNeg' },
      }),
  ],
  [
    'conv2dTranspose',
    image,
    () => tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', ...weights }),
  ],
  [
    'depthwiseConv2d',
    image,
    () =>
      tf.layers.depthwiseConv2d({
        ...{ kernelSize: 3, depthMultiplier: 2, depthwiseInitializer: seeded(3), ...weights },
        ...{ depthwiseRegularizer: 'l1l2' },
      }),
  ],
  ['averagePooling1d', line, () => tf.layers.averagePooling1d({ poolSize: 4, strides: 2 })],
  [
    'averagePooling1d, same',
    line,
    () => tf.layers.averagePooling1d({ poolSize: 4, strides: 3, padding: 'same' }),
  ],
  ['averagePooling2d', image, () => tf.layers.averagePooling2d({ poolSize: [2, 3] })],
  [
    'averagePooling2d, same',
    image,
    () => tf.layers.averagePooling2d({ poolSize: [2, 4], strides: [2, 1], padding: 'same' }),
  ],
  [
    'averagePooling2d, channelsFirst',
    [2, 5, 3],
    () =>
      tf.layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same', dataFormat: 'channelsFirst' }),
  ],
  ['globalAveragePooling1d', line, () => tf.layers.globalAveragePooling1d({})],
  ['globalAveragePooling2d', image, () => tf.layers.globalAveragePooling2d({})],
  [
    'globalAveragePooling2d, channelsFirst',
    [2, 5, 3],
    () => tf.layers.globalAveragePooling2d({ dataFormat: 'channelsFirst' }),
  ],
  [
    'batchNormalization',
    line,
    () =>
      tf.layers.batchNormalization({
        ...{ gammaInitializer: seeded(4), betaInitializer: seeded(5), movingMeanInitializer: seeded(6) },
        movingVarianceInitializer: tf.initializers.randomUniform({ minval: 0.2, maxval: 2, seed: 7 }),
      }),
  ],
  [
    'batchNormalization over axis 1, neither scaled nor centred',
    line,
    () =>
      tf.layers.batchNormalization({
        ...{ axis: 1, scale: false, center: false, movingMeanInitializer: seeded(6) },
        movingVarianceInitializer: tf.initializers.randomUniform({ minval: 0.2, maxval: 2, seed: 7 }),
      }),
  ],
  ['rescaling', line, () => tf.layers.rescaling({ scale: -0.3, offset: 2 })],
  ['flatten', image, () => tf.layers.flatten()],
  ['reshape', line, () => tf.layers.reshape({ targetShape: [3, 4] })],
  ['permute', line, () => tf.layers.permute({ dims: [2, 1] })],
  ['repeatVector', [3], () => tf.layers.repeatVector({ n: 3 })],
  ['zeroPadding2d', image, () => tf.layers.zeroPadding2d({ padding: 1 })],
  ['cropping2d', image, () => tf.layers.cropping2D({ cropping: 1 })],
  ['upSampling2d', image, () => tf.layers.upSampling2d({ size: [2, 3] })],
  ['spatialDropout1d', line, () => tf.layers.spatialDropout1d({ rate: 0.4 })],
  ['learnedNoise', line, () => learnedNoise({ stddev: 0.2 })],
  [
    'timeDistributed around a conv1d',
    image,
    () => tf.layers.timeDistributed({ layer: tf.layers.conv1d({ filters: 2, kernelSize: 3, ...weights }) }),
  ],
];

eachBackend('predictiveMoments behind independent outputs', (backend) => {
  const { made, kept } = modelsOfEachTest(0.4);

  test.each(layers)('are the closed form, leaking nothing: %s', async (_, inputShape, build) => {
    const [first, layer] = [linear(2, inputShape), build()];
    const model = made(sequential(first, layer));
    const [x] = rowsFor(model, 4);
    const expected = throughLinear(layer, [hiddenMoments(first, x!)]);
    const { mean, variance } = await predictiveMoments(model, x!, { batchSize: 3 });
    expectAllClose(mean, expected.mean);
    expectAllClose(variance, expected.variance, { rtol: 2e-5, atol: 1e-6 });
    await expectNoLeakLater(async () => {
      tf.dispose(await predictiveMoments(model, x!, { batchSize: 3 }));
    });
  });

  test.each([
    ['add', () => tf.layers.add()],
    ['average', () => tf.layers.average()],
    ['concatenate', () => tf.layers.concatenate({ axis: 1 })],
  ])('of two layers and an input are the closed form: %s', async (_, build) => {
    const input = tf.input({ shape: line });
    const [a, b, layer] = [linear(3), linear(3), build() as tf.layers.Layer];
    const outputs = apply(layer, apply(a, input), apply(b, input), input);
    const model = made(tf.model({ inputs: input, outputs }));
    const [x] = rowsFor(model, 4);
    const certain = { mean: x!, variance: tf.zerosLike(x!) };
    const expected = throughLinear(layer, [hiddenMoments(a, x!), hiddenMoments(b, x!), certain]);
    const { mean, variance } = await predictiveMoments(model, x!);
    expectAllClose(mean, expected.mean);
    expectAllClose(variance, expected.variance);
  });

  test('of a product of two layers and an input are the closed form', async () => {
    const input = tf.input({ shape: [3] });
    const [a, b] = [linear(3), linear(3)];
    const outputs = apply(tf.layers.multiply(), apply(a, input), apply(b, input), input);
    const model = made(tf.model({ inputs: input, outputs }));
    const [x] = rowsFor(model, 4);
    const [p, q] = [hiddenMoments(a, x!), hiddenMoments(b, x!)];
    const square = (h: typeof p): tf.Tensor => tf.add(h.variance, tf.square(h.mean));
    const { mean, variance } = await predictiveMoments(model, x!);
    const expected = tf.mul(tf.mul(p.mean, q.mean), x!);
    expectAllClose(mean, expected);
    const squares = tf.mul(tf.mul(square(p), square(q)), tf.square(x!));
    expectAllClose(variance, tf.sub(squares, tf.square(expected)), { rtol: 1e-4, atol: 1e-6 });
  });

  test('are those of many draws, convolved, activated and pooled', async () => {
    const model = made(
      sequential(
        linear(2, [5, 4, 2]),
        tf.layers.conv2d({ filters: 2, kernelSize: 2, strides: 2, activation: 'relu', ...weights }),
        tf.layers.averagePooling2d({ poolSize: [2, 1], padding: 'same' }),
        tf.layers.flatten(),
      ),
    );
    const [x] = rowsFor(model, 2);
    // A plain loop over 1e5 draws takes the cpu backend most of a minute.
    const S = backend === 'cpu' ? 10_000 : 100_000;
    const p = await predictive(model, x!, { samples: S, seed: 1 });
    const { mean, variance } = await predictiveMoments(model, x!);
    const off = tf.sub(mean, p.mean()).abs().sub(p.standardError().mul(5)).max().dataSync()[0];
    expect(off).toBeLessThan(1e-5);
    // A kurtosis of 6 is allowed for: the stddev of a variance is √(5/S) of it, five times.
    const ratio = tf.div(variance, p.variance());
    expectAllClose(ratio, tf.onesLike(ratio), { rtol: 0, atol: 5 * Math.sqrt(5 / S) });
    p.dispose();
  }, 120_000);

  test('are refused for bilinear upSampling2d, and for a convolution whose activation has no rule', async () => {
    for (const [layer, message] of [
      [tf.layers.upSampling2d({ interpolation: 'bilinear', name: 'up_one' } as never), 'bilinear in up_one'],
      [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, activation: 'hardSigmoid', name: 'conv_one' }),
        'hardSigmoid in conv_one',
      ],
    ] as const) {
      const model = kept(sequential(linear(2, [5, 4, 2]), layer));
      const [x] = rowsFor(model, 2);
      await expectCleanRejection(() => predictiveMoments(model, x!), message);
    }
  });
});
