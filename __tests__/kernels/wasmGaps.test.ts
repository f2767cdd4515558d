/** Plain nets of TensorFlow.js' own layers train on wasm once this package is loaded: as they do on cpu. */
import * as tf from '@tensorflow/tfjs';
import '../../src';
import { numbers } from '../helpers/convolutionLoops';
import { onBackend, startBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { secondCopy } from '../helpers/secondCopy';
import { expectAllClose } from '../helpers/toBeAllClose';

const GAPS = [
  ...['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput'],
  'UnsortedSegmentSum',
];

const initializer = (seed: number): ReturnType<typeof tf.initializers.randomUniform> =>
  tf.initializers.randomUniform({ minval: -0.3, maxval: 0.3, seed });
const kernelInitializer = initializer(1);
const depthwiseInitializer = initializer(2);
const image = { inputShape: [8, 9, 2] };

const NETS: Array<[string, () => tf.layers.Layer[]]> = [
  [
    'conv1d',
    () => [
      tf.layers.conv1d({ filters: 3, kernelSize: 3, padding: 'same', kernelInitializer, inputShape: [10, 2] }), // prettier-ignore
      tf.layers.conv1d({ filters: 4, kernelSize: 2, strides: 2, activation: 'relu', kernelInitializer }),
      tf.layers.maxPooling1d({ poolSize: 2 }),
    ],
  ],
  [
    'conv2d with poolings',
    () => [
      tf.layers.conv2d({ ...image, filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer }), // prettier-ignore
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 3, kernelSize: [2, 3], activation: 'tanh', kernelInitializer }),
      tf.layers.averagePooling2d({ poolSize: 2, padding: 'same' }),
    ],
  ],
  [
    'conv2d of channels first',
    () => [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, dataFormat: 'channelsFirst', kernelInitializer, inputShape: [2, 8, 9] }), // prettier-ignore
      tf.layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst', kernelInitializer }),
    ],
  ],
  [
    'conv2dTranspose',
    () => [
      tf.layers.conv2dTranspose({ ...image, filters: 3, kernelSize: 3, strides: 2, padding: 'same', kernelInitializer }), // prettier-ignore
      tf.layers.conv2dTranspose({ filters: 2, kernelSize: 2, activation: 'relu', kernelInitializer }),
    ],
  ],
  [
    'depthwiseConv2d',
    () => [
      tf.layers.depthwiseConv2d({ ...image, kernelSize: 3, depthMultiplier: 3, padding: 'same', depthwiseInitializer }), // prettier-ignore
      tf.layers.depthwiseConv2d({ kernelSize: 2, strides: 2, depthwiseInitializer }),
    ],
  ],
  [
    'separableConv2d',
    () => [
      tf.layers.separableConv2d({ ...image, filters: 3, kernelSize: 3, depthwiseInitializer, pointwiseInitializer: initializer(3) }), // prettier-ignore
    ],
  ],
  [
    'conv3d with poolings',
    () => [
      tf.layers.conv3d({ filters: 3, kernelSize: 2, padding: 'same', kernelInitializer, inputShape: [4, 5, 6, 2] }), // prettier-ignore
      tf.layers.maxPooling3d({ poolSize: 2 }),
      tf.layers.conv3d({ filters: 2, kernelSize: 2, kernelInitializer }),
      tf.layers.averagePooling3d({ poolSize: [1, 1, 2] }),
    ],
  ],
  [
    'embedding',
    () => [
      tf.layers.embedding({
        inputDim: 11,
        outputDim: 5,
        inputLength: 6,
        embeddingsInitializer: initializer(4),
      }),
      tf.layers.conv1d({ filters: 3, kernelSize: 2, kernelInitializer }),
    ],
  ],
];

async function losses(backend: string, layers: () => tf.layers.Layer[]): Promise<number[]> {
  await startBackend(backend);
  const dense = tf.layers.dense({ units: 2, kernelInitializer: initializer(5) });
  const model = tf.sequential({ layers: [...layers(), tf.layers.flatten(), dense] });
  const shape = [12, ...(model.inputs[0]!.shape.slice(1) as number[])];
  const raw = tf.tensor(numbers(tf.util.sizeFromShape(shape)), shape);
  const isEmbedding = model.layers[0]!.getClassName() === 'Embedding';
  const x = isEmbedding ? tf.tidy(() => raw.add(1).mul(5.4).floor()) : raw;
  const y = tf.tensor2d(numbers(24, 7), [12, 2]);
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const { history } = await model.fit(x, y, { epochs: 4, batchSize: 6, shuffle: false, verbose: 0 });
  const before = tf.memory().numTensors;
  await model.trainOnBatch(x, y);
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
  tf.dispose([raw, x, y]);
  return history.loss as number[];
}

onBackend('wasm', 'what the wasm backend lacks', () => {
  test.each(GAPS)('%s is there', (name) => {
    expect(tf.getKernel(name, 'wasm')).toBeDefined();
  });

  test.each(NETS)('a net trains as on cpu: %s', async (_, layers) => {
    const expected = await losses('cpu', layers);
    expect(expected.at(-1)).toBeLessThan(0.99 * expected[0]!);
    expectAllClose(await losses('wasm', layers), expected, { rtol: 1e-4 });
  });

  test('sums of segments, as cpu has them', async () => {
    const sums = (): number[] =>
      tf.tidy(() => {
        const x = tf.tensor(numbers(7 * 3 * 2), [7, 3, 2]);
        // Rows of negative ids, or those that are too large, count for nothing; segment 1 is empty.
        const ids = tf.tensor1d([3, 0, 3, -1, 2, 5, 0], 'int32');
        const whole = tf.unsortedSegmentSum(x.mul(10).toInt(), ids, 4);
        return tf.concat([tf.unsortedSegmentSum(x, ids, 4).flatten(), whole.toFloat().flatten()]).arraySync(); // prettier-ignore
      });
    await startBackend('cpu');
    const expected = sums();
    await startBackend('wasm');
    expectAllClose(sums(), expected);
    const [x, ids] = [tf.ones([3, 2]), tf.tensor1d([0, 1, 0], 'int32')];
    expectNoLeak(() => tf.unsortedSegmentSum(x, ids, 2).dispose());
    const whole = tf.tidy(() => tf.unsortedSegmentSum(x.toInt(), ids, 2));
    expect(whole.dtype).toBe('int32');
    whole.dispose();
    tf.dispose([x, ids]);
  });

  test('what the backend has of its own stays', () => {
    const ours = GAPS.map((name) => tf.getKernel(name, 'wasm'));
    const warn = jest.spyOn(console, 'warn');
    const own = GAPS.map((kernelName) => ({ kernelName, backendName: 'wasm', kernelFunc: () => [] }));
    try {
      for (const kernel of own) {
        tf.unregisterKernel(kernel.kernelName, 'wasm');
        tf.registerKernel(kernel);
      }
      secondCopy('kernels/wasmGaps');
      expect(GAPS.map((name) => tf.getKernel(name, 'wasm'))).toEqual(own);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      GAPS.forEach((name, i) => {
        tf.unregisterKernel(name, 'wasm');
        tf.registerKernel(ours[i]!);
      });
      warn.mockRestore();
    }
  });
});
