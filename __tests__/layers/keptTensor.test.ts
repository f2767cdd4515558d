/** What a layer keeps between calls: the same numbers as if it kept nothing, and no tensor more. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { hiddenLayer, type HiddenLayer } from '../../src/layers/hidden';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

type Net = tf.Sequential & { layer: HiddenLayer };

function net(
  options: Partial<Parameters<typeof hiddenLayer>[0]> = {},
  optimizer: tf.Optimizer = adam(),
): Net {
  const layer = hiddenLayer({
    units: 5,
    inputShape: [3],
    include_input_bias: false,
    include_hidden_bias: false,
    non_linearity: 'linear',
    seed: 7,
    datasetSize: 100,
    ...options,
  });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return Object.assign(model, { layer });
}

const x = (): tf.Tensor2D => tf.tensor2d(scattered(4, 3));
const y = (): tf.Tensor2D => tf.tensor2d(scattered(4, 5, 1));

/** One draw whose noise is always the same. */
const predicted = ({ layer }: Net, input: tf.Tensor): tf.Tensor =>
  layer.withSeeds(
    () => 11,
    () => layer.apply(input) as tf.Tensor,
  );

/** The same draw by a layer that has just been made and can have kept nothing. */
function fresh(model: Net, input: tf.Tensor): tf.Tensor {
  const other = net();
  other.setWeights(model.getWeights());
  const result = predicted(other, input);
  other.dispose();
  return result;
}

eachBackend('a layer between two calls', () => {
  test('predicts the same again', () => {
    tf.tidy(() => {
      const model = net();
      expectAllClose(predicted(model, x()), predicted(model, x()), { rtol: 0, atol: 0 });
      model.dispose();
    });
  });

  test.each<[string, (model: Net) => unknown]>([
    ['setWeights', (model) => tf.tidy(() => model.setWeights(model.getWeights().map((w) => w.add(0.5))))],
    [
      'setPosterior',
      ({ layer }) =>
        tf.tidy(() => layer.setPosterior({ A_mean: tf.ones([3, 5]), A_scale: tf.fill([3, 5], 2) })),
    ],
    ['a step of our adam', (model) => model.trainOnBatch(x(), y())],
    ['two steps', async (model) => [await model.trainOnBatch(x(), y()), await model.trainOnBatch(x(), y())]],
    ['assigning to the variable', ({ layer }) => layer.trainableWeights[1]!.write(tf.zeros([3, 5]))],
  ])('notices %s', async (_, change) => {
    const model = net();
    predicted(model, x()).dispose();
    await change(model);
    tf.tidy(() => expectAllClose(predicted(model, x()), fresh(model, x()), { rtol: 1e-6, atol: 1e-7 }));
    await change(model);
    tf.tidy(() => expectAllClose(predicted(model, x()), fresh(model, x()), { rtol: 1e-6, atol: 1e-7 }));
    model.dispose();
  });

  test('notices a step of tf.train.adam, and of sgd in the tf ops', async () => {
    for (const optimizer of [tf.train.adam(0.1), tf.train.sgd(0.1)]) {
      const model = net({}, optimizer);
      predicted(model, x()).dispose();
      await model.trainOnBatch(x(), y());
      tf.tidy(() => expectAllClose(predicted(model, x()), fresh(model, x()), { rtol: 1e-6, atol: 1e-7 }));
      model.dispose();
    }
  });

  test('leaves the number of tensors as it was, from the first prediction on', () => {
    const model = net();
    const input = x();
    expectNoLeak(() => (model.predict(input) as tf.Tensor).dispose());
    expectNoLeak(() => (model.predict(input) as tf.Tensor).dispose());
    input.dispose();
    model.dispose();
  });

  test.each<[string, (layer: HiddenLayer) => tf.layers.Layer]>([
    ['it is disposed of', (layer) => layer],
    [
      'a wrapper is, which does not tell it',
      (layer) => tf.layers.timeDistributed({ layer, inputShape: [2, 3] }),
    ],
  ])('frees what it keeps when %s', (_, outer) => {
    expectNoLeak(() => {
      const layer = hiddenLayer({ units: 5, inputShape: [3], include_input_bias: false, datasetSize: 100 });
      const model = tf.sequential({ layers: [outer(layer)] });
      tf.tidy(() => {
        model.predict(tf.ones([4, ...(model.inputs[0]!.shape.slice(1) as number[])]));
      });
      model.dispose();
    });
  });

  test('differentiates a call outside of training through its scales', () => {
    tf.tidy(() => {
      const { layer } = net();
      const input = x();
      layer.apply(input);
      const scales = layer.trainableWeights[1]!.read() as tf.Variable;
      const gradient = (): tf.Tensor => {
        const { grads } = tf.variableGrads(
          () =>
            layer.withSeeds(
              () => 11,
              () => (layer.apply(input) as tf.Tensor).square().sum(),
            ),
          [scales],
        );
        return grads[scales.name]!;
      };
      const fast = gradient();
      expect(fast.abs().max().dataSync()[0]).toBeGreaterThan(0);
      layer.withSeeds(() => 11, gradient);
      layer.dispose();
    });
  });
});

eachBackend('a training pass', () => {
  test.each([false, true])(
    'has the loss and the step of the tf ops, weight_space_sampling %s',
    async (space) => {
      const trained = async (): Promise<{ losses: number[]; weights: tf.Tensor[] }> => {
        const options = { weight_space_sampling: space, A_prior_scale: 0.3 };
        const model = net(options, tf.train.adam(0.05, 0.9, 0.999, 1e-7));
        // The kernels draw other noise than tf.randomNormal does: the scales are so small that it does not matter.
        const A_scale = scattered(3, 5).map((row) => row.map(() => 1e-6));
        model.layer.setPosterior({ A_mean: scattered(3, 5, 2), A_scale });
        const losses: number[] = [];
        for (let i = 0; i < 3; i++) losses.push((await model.trainOnBatch(x(), y())) as number);
        return { losses, weights: model.getWeights() };
      };
      const fast = await trained();
      tf.env().set('BNN_KERNELS', false);
      const plain = await trained().finally(() => tf.env().set('BNN_KERNELS', true));
      expectAllClose(fast.losses, plain.losses, { rtol: 1e-5 });
      fast.weights.forEach((w, i) => expectAllClose(w, plain.weights[i]!, { rtol: 1e-4, atol: 1e-4 }));
    },
  );

  test.each([
    [1, 0.25],
    [0.5, 0.5],
    [0, 3],
    [3, 0],
  ])('follows klWeight as it changes between call and loss, from %d to %d', (first, then) => {
    tf.tidy(() => {
      const { layer } = net({ KL_factor: 1, datasetSize: undefined });
      const scales = layer.trainableWeights[1]!.read() as tf.Variable;
      const kl = layer.kl();
      const { value, grads } = tf.variableGrads(() => {
        layer.klWeight = first;
        const output = layer.apply(x(), { training: true }) as tf.Tensor;
        layer.klWeight = then;
        return tf.add(layer.calculateLosses()[0]!, tf.mul(0, output.sum())).asScalar();
      }, [scales]);
      expectAllClose(value, then * kl.dataSync()[0]!);
      const expected = tf.variableGrads(() => tf.mul(then, layer.kl()).asScalar(), [scales]);
      expectAllClose(grads[scales.name]!, expected.grads[scales.name]!);
    });
  });

  test.each([0, 0.01, 1])('tells its KL, unscaled, in a pass with klWeight %d too', (klWeight) => {
    tf.tidy(() => {
      const { layer } = net({ KL_factor: 1, datasetSize: undefined, klWeight });
      const scales = layer.trainableWeights[1]!.read() as tf.Variable;
      const outside = tf.variableGrads(() => layer.kl(), [scales]);
      const inside = tf.variableGrads(() => {
        layer.apply(x(), { training: true });
        return layer.kl();
      }, [scales]);
      expectAllClose(inside.value, outside.value);
      expectAllClose(inside.grads[scales.name]!, outside.grads[scales.name]!);
    });
  });

  test('hands its KL to no later pass and to no other weights', () => {
    tf.tidy(() => {
      const { layer } = net({ KL_factor: 1, datasetSize: undefined });
      const scales = layer.trainableWeights[1]!.read() as tf.Variable;
      tf.variableGrads(() => {
        layer.apply(x(), { training: true });
        layer.setPosterior({ A_mean: tf.zeros([3, 5]), A_scale: tf.ones([3, 5]) });
        const [loss] = layer.calculateLosses();
        expectAllClose(loss!, 0);
        return loss!.asScalar();
      }, [scales]);
    });
  });

  test('leaves nothing behind where nobody asks for the KL, nor after a pass that threw', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const { layer } = net();
    const input = x();
    const scales = layer.trainableWeights[1]!.read() as tf.Variable;
    const pass = (): void => {
      const { value, grads } = tf.variableGrads(
        () => (layer.apply(input, { training: true }) as tf.Tensor).sum().asScalar(),
        [scales],
      );
      tf.dispose([value, grads]);
    };
    pass();
    expectNoLeak(pass);
    // What TensorFlow.js saved for this gradient is lost, whatever layers the model has: not counted.
    expect(() =>
      tf.variableGrads(() => {
        layer.apply(input, { training: true });
        throw new Error('on the way');
      }, [scales]),
    ).toThrow('on the way');
    expectNoLeak(() => (layer.apply(input, { training: true }) as tf.Tensor).dispose());
    expectNoLeak(pass);
    input.dispose();
    // Warnings come with the next microtask.
    await Promise.resolve();
    warn.mockRestore();
  });
});
