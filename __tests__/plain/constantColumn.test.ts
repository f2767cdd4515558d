import * as tf from '@tensorflow/tfjs';
import { posteriorMean } from '../../src';
import { constantOf, kernelAndBias } from '../../src/plain/constantColumn';
import { scattered } from '../helpers/closedForms';
import { eachBackend, startBackend } from '../helpers/eachBackend';
import { expectCleanThrow } from '../helpers/leaks';
import { apply, disposeOf, hidden, output, sequential } from '../helpers/models';
import { expectPlainNet } from '../helpers/plainNets';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

type Layer = tf.layers.Layer;
type Activation = NonNullable<Parameters<typeof tf.layers.activation>[0]>['activation'];

/** With weights that are nowhere those it begins with. */
function withWeights<L extends Layer>(layer: L, width: number): L {
  layer.build([null, width]);
  tf.tidy(() =>
    layer.setWeights(
      layer.getWeights().map((w, i) =>
        tf
          .tensor1d(scattered(1, width, i)[0]!)
          .abs()
          .add(0.3)
          .reshape(w.shape),
      ),
    ),
  );
  return layer;
}
const batchNorm = (width = 5): Layer =>
  withWeights(tf.layers.batchNormalization({ betaInitializer: 'ones' }), width);
const activation = (name: Activation): Layer => tf.layers.activation({ activation: name });

/** Those between a HiddenLayer with a column of ones and one that makes it its bias. */
const between: Record<string, () => Layer[]> = {
  relu: () => [tf.layers.reLU()],
  'relu with a ceiling': () => [tf.layers.reLU({ maxValue: 0.5 })],
  'leaky relu': () => [tf.layers.leakyReLU()],
  elu: () => [tf.layers.elu()],
  'a relu by name': () => [activation('relu')],
  'tanh, which makes another constant of 1': () => [activation('tanh')],
  'a thresholded relu, which makes 0 of it': () => [tf.layers.thresholdedReLU({ theta: 2 })],
  prelu: () => [withWeights(tf.layers.prelu(), 5)],
  'batch normalisation': () => [batchNorm()],
  'much of it in a row': () => [
    batchNorm(),
    activation('sigmoid'),
    tf.layers.dropout({ rate: 0.5 }),
    batchNorm(),
  ],
  'a nested model whose first layer knows a width': () => [
    sequential(tf.layers.activation({ activation: 'relu', inputShape: [5] })),
  ],
};

const warnings = collectWarnings();

eachBackend('a column of ones', () => {
  describe.each(Object.entries(between))('goes through %s', (_, layers) => {
    test('into a HiddenLayer with a bias of its own', async () => {
      expectPlainNet(() =>
        sequential(hidden({ inputShape: [3] }), ...layers(), output({ include_input_bias: true })),
      );
      expect(await warnings()).toEqual([]);
    });

    test('into a dense layer', () => {
      expectPlainNet(() =>
        sequential(
          hidden({ inputShape: [3], non_linearity: 'tanh' }),
          ...layers(),
          tf.layers.dense({ units: 2, biasInitializer: 'ones' }),
        ),
      );
    });
  });

  test.each<[string, () => Layer[]]>([
    [
      'a dense layer at every step',
      () => [tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) })],
    ],
    ['a relu at every step', () => [tf.layers.timeDistributed({ layer: tf.layers.reLU() }), output()]],
    ['an average over the steps', () => [tf.layers.globalAveragePooling1d(), output()]],
    ['a pooling', () => [tf.layers.maxPooling1d({ poolSize: 2 }), output()]],
  ])('of a series goes through %s', (_, layers) => {
    expectPlainNet(() => sequential(hidden({ inputShape: [4, 3] }), ...layers()));
  });

  test('meets another one in a sum: they make a column of twos', () => {
    expectPlainNet(() => {
      const x = tf.input({ shape: [3] });
      const h = apply(hidden(), x);
      const sum = apply(tf.layers.add(), h, apply(hidden({ include_input_bias: true }), h));
      return tf.model({ inputs: x, outputs: apply(output(), sum) });
    });
  });
});

describe('a column of ones is refused', () => {
  beforeAll(() => startBackend('cpu'));

  test.each<[string, Layer, string]>([
    ['softmax, which looks at all columns', activation('softmax'), 'Activation'],
    ['a flattening', tf.layers.flatten(), 'Flatten'],
    // By the position: the ones become other numbers at each.
    [
      'a normalisation of another axis',
      tf.layers.batchNormalization({ axis: 1, betaInitializer: 'randomNormal' }),
      'makes it vary',
    ],
  ])('by %s', (_, layer, message) => {
    const model = sequential(hidden({ inputShape: [4, 3] }), layer, output());
    expectCleanThrow(() => posteriorMean(model), message);
    disposeOf(model);
  });

  test('where only one of the terms of a sum has it', () => {
    const x = tf.input({ shape: [5] });
    const sum = apply(tf.layers.add(), apply(hidden(), x), x);
    const model = tf.model({ inputs: x, outputs: apply(output(), sum) });
    expectCleanThrow(() => posteriorMean(model), 'the Add');
    disposeOf(model);
  });
});

eachBackend('the last column', () => {
  test('is a constant, or is none', () => {
    tf.tidy(() => {
      expect(constantOf(tf.tensor3d([1, 3, 2, 3], [1, 2, 2]))).toBe(3);
      expect(constantOf(tf.tensor2d([1, 3, 2, 4], [2, 2]))).toBeUndefined();
      expect(constantOf(tf.tensor2d([1, NaN], [1, 2]))).toBeUndefined();
    });
  });

  test('leaves the rows that met it to the bias, times what it was', () => {
    tf.tidy(() => {
      const A = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
      const [kernel, bias] = kernelAndBias(A, [3, 1]);
      expectAllClose(kernel!, tf.tensor2d([1, 2, 3, 4], [2, 2]), { rtol: 0, atol: 0 });
      expectAllClose(bias!, tf.tensor1d([3 * 5 + 7, 3 * 6 + 8]), { rtol: 0, atol: 0 });
    });
  });
});
