import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, posteriorMean, type HiddenLayerOptions } from '../../src';
import { bayesianLayers } from '../../src/layers/bayesian';
import type { HiddenLayer } from '../../src/layers/hidden';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { disposeOf } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

type Tensor = tf.SymbolicTensor;
type Settable = Pick<HiddenLayer, 'posterior' | 'setPosterior'>;

const hidden = (options: Partial<HiddenLayerOptions> = {}): HiddenLayer =>
  hiddenLayer({ units: 4, seed: 5, KL_factor: 1, include_input_bias: false, ...options });
const output = (options: Partial<HiddenLayerOptions> = {}): HiddenLayer =>
  hidden({ units: 2, include_hidden_bias: false, non_linearity: 'linear', ...options });
const apply = (layer: tf.layers.Layer, ...inputs: Tensor[]): Tensor =>
  layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as Tensor;

/** Scales so small that a draw is the mean to float32. */
function withoutNoise(model: tf.LayersModel): tf.LayersModel {
  tf.tidy(() => {
    for (const layer of bayesianLayers(model) as unknown as Settable[]) {
      const { A_mean } = layer.posterior();
      layer.setPosterior({ A_mean, A_scale: tf.fill(A_mean.shape, 1e-9) });
    }
  });
  return model;
}

const rowsFor = ({ shape }: Tensor, salt: number): tf.Tensor => {
  const [width, ...rest] = shape.slice(1).reverse() as number[];
  const rows = 3 * rest.reduce((a, b) => a * b, 1);
  return tf.tensor2d(scattered(rows, width!, salt)).reshape([3, ...(shape.slice(1) as number[])]);
};

const classNames = (model: tf.LayersModel): string[] => model.layers.map((layer) => layer.getClassName());

/** Each arrangement with what it shows. All biases are made different from 0 by their initial values. */
const arrangements: Record<string, () => tf.LayersModel> = {
  'a hidden bias, which becomes the bias of the next layer': () =>
    tf.sequential({ layers: [hidden({ inputShape: [3] }), output()] }),
  'an input bias, which becomes the bias of its own layer': () =>
    tf.sequential({ layers: [hidden({ inputShape: [3], include_input_bias: true }), output()] }),
  'both biases at one layer, which add up': () =>
    tf.sequential({ layers: [hidden({ inputShape: [3] }), output({ include_input_bias: true })] }),
  'no bias at all': () =>
    tf.sequential({
      layers: [hidden({ inputShape: [3], include_hidden_bias: false }), output()],
    }),
  'a dense layer behind a column of ones': () =>
    tf.sequential({
      layers: [hidden({ inputShape: [3] }), tf.layers.dense({ units: 2, biasInitializer: 'ones' })],
    }),
  'a dense layer without a bias behind a column of ones': () =>
    tf.sequential({
      layers: [
        hidden({ inputShape: [3] }),
        tf.layers.dense({ units: 2, useBias: false, activation: 'sigmoid' }),
      ],
    }),
  'dropout between a column of ones and its layer': () =>
    tf.sequential({ layers: [hidden({ inputShape: [3] }), tf.layers.dropout({ rate: 0.5 }), output()] }),
  'other layers before and after, with their weights': () =>
    tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, inputShape: [3], activation: 'tanh', biasInitializer: 'randomNormal' }),
        hidden({ non_linearity: 'softplus', include_hidden_bias: false }),
        tf.layers.batchNormalization(),
        output(),
        tf.layers.softmax(),
      ],
    }),
  'inputs of rank 3': () =>
    tf.sequential({ layers: [hidden({ inputShape: [4, 3] }), output(), tf.layers.flatten()] }),
  'weight-space sampling': () =>
    tf.sequential({
      layers: [hidden({ inputShape: [3], weight_space_sampling: true }), output()],
    }),
  'a layer in timeDistributed': () =>
    tf.sequential({
      layers: [tf.layers.timeDistributed({ layer: hidden(), inputShape: [4, 3] }), output()],
    }),
  'a nested sequential, whose column of ones goes on outside': () =>
    tf.sequential({
      layers: [tf.sequential({ layers: [hidden({ inputShape: [3] }), hidden()] }), output()],
    }),
  'a model nested in a nested one': () => {
    const inner = tf.sequential({ layers: [hidden({ inputShape: [3], include_hidden_bias: false })] });
    const middle = tf.sequential({ layers: [inner, tf.layers.dense({ units: 3 })] });
    return tf.sequential({ layers: [middle, output()] });
  },
  'a layer shared between two inputs, which are compared': () => {
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] })] as const;
    const shared = hidden({ include_hidden_bias: false });
    const both = inputs.map((input) => apply(shared, input));
    const merged = apply(tf.layers.concatenate({ axis: -1 }), ...both);
    return tf.model({ inputs: [...inputs], outputs: apply(output(), merged) });
  },
  'a model used twice': () => {
    const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [3] })] as const;
    const inner = tf.sequential({
      layers: [hidden({ inputShape: [3] }), hidden({ include_hidden_bias: false })],
    });
    const sum = apply(tf.layers.add(), ...inputs.map((input) => apply(inner, input)));
    return tf.model({ inputs: [...inputs], outputs: apply(output(), sum) });
  },
  'one column of ones for two layers, and two outputs': () => {
    const input = tf.input({ shape: [3] });
    const h = apply(hidden(), input);
    return tf.model({
      inputs: input,
      outputs: [apply(output(), h), apply(tf.layers.dense({ units: 3 }), h)],
    });
  },
  'layers of one name in two nested models': () =>
    tf.sequential({
      layers: [
        tf.sequential({ layers: [hidden({ inputShape: [3], name: 'twin', include_hidden_bias: false })] }),
        tf.sequential({
          layers: [hidden({ inputShape: [4], name: 'twin', include_hidden_bias: false })],
        }),
      ],
    }),
};

const predictions = (model: tf.LayersModel, xs: tf.Tensor[]): tf.Tensor[] => {
  const y = model.predict(xs.length === 1 ? xs[0]! : xs, { batchSize: 32 });
  return Array.isArray(y) ? y : [y];
};

eachBackend('posteriorMean', () => {
  describe.each(Object.entries(arrangements))('%s', (_, build) => {
    test('predicts what the Bayesian net predicts when its scales vanish', () => {
      tf.tidy(() => {
        const model = withoutNoise(build());
        const plain = posteriorMean(model);
        const xs = model.inputs.map(rowsFor);
        const expected = predictions(model, xs);
        predictions(plain, xs).forEach((y, i) => expectAllClose(y, expected[i]!, { atol: 1e-5 }));
        // A test of zeros would pass whatever the weights.
        expect(expected[0]!.abs().max().dataSync()[0]).toBeGreaterThan(0.01);
        expect(bayesianLayers(plain)).toEqual([]);
        expect(classNames(plain).filter((name) => /Hidden|Sequential|Model|Time/.test(name))).toEqual([]);
      });
    });

    test('leaves nothing behind when both are disposed of', () => {
      expectNoLeak(() => {
        const model = build();
        disposeOf(posteriorMean(model));
        disposeOf(model);
      });
    });
  });

  test('a saved one is loaded without this package', async () => {
    const model = withoutNoise(arrangements['both biases at one layer, which add up']!());
    const plain = posteriorMean(model);
    let saved: tf.io.ModelArtifacts | undefined;
    await plain.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    expect(JSON.stringify(saved!.modelTopology)).not.toContain('"class_name":"HiddenLayer"');
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    tf.tidy(() => {
      const xs = model.inputs.map(rowsFor);
      expectAllClose(predictions(loaded, xs)[0]!, predictions(model, xs)[0]!, { atol: 1e-5 });
    });
    [model, plain, loaded].forEach((net) => disposeOf(net));
  });

  test('its weights are copies: changing them does not change the Bayesian net, nor the other way round', () => {
    tf.tidy(() => {
      const model = withoutNoise(arrangements['no bias at all']!());
      const plain = posteriorMean(model);
      const xs = model.inputs.map(rowsFor);
      const before = predictions(plain, xs)[0]!;
      plain.setWeights(plain.getWeights().map((w) => tf.zerosLike(w)));
      expectAllClose(predictions(model, xs)[0]!, before, { atol: 1e-5 });
      const again = posteriorMean(model);
      model.setWeights(model.getWeights().map((w) => tf.zerosLike(w)));
      expectAllClose(predictions(again, xs)[0]!, before, { atol: 1e-5 });
    });
  });

  test('a layer that is shared in the Bayesian net is shared in the plain one', () => {
    const model = arrangements['a layer shared between two inputs, which are compared']!();
    const plain = posteriorMean(model);
    expect(classNames(plain).filter((name) => name === 'Dense')).toHaveLength(2);
    [model, plain].forEach((net) => disposeOf(net));
  });
});

describe('posteriorMean refuses', () => {
  const refuses = (message: string | RegExp, build: () => tf.LayersModel): void => {
    const model = build();
    // Half a plain net may exist by then.
    expectCleanThrow(() => posteriorMean(model), message);
    disposeOf(model);
  };

  beforeAll(async () => {
    await tf.setBackend('cpu');
    tf.scalar(0).dispose();
  });

  test('a model without a Bayesian layer', () => {
    refuses('the model must hold a Bayesian layer', () =>
      tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] }),
    );
  });

  test('a column of ones in the output', () => {
    refuses('one that reaches the output of the model', () =>
      tf.sequential({ layers: [hidden({ inputShape: [3], include_hidden_bias: true })] }),
    );
  });

  test('a column of ones in front of a layer that cannot take it, by its name', () => {
    refuses(/Flatten flat_one/, () =>
      tf.sequential({
        layers: [hidden({ inputShape: [4, 3] }), tf.layers.flatten({ name: 'flat_one' }), output()],
      }),
    );
  });

  test('a layer that gets a column of ones from one of its inputs only', () => {
    refuses('from all its inputs or from none', () => {
      const inputs = [tf.input({ shape: [3] }), tf.input({ shape: [5] })] as const;
      const shared = output();
      const both = [apply(shared, apply(hidden(), inputs[0])), apply(shared, inputs[1])];
      return tf.model({ inputs: [...inputs], outputs: apply(tf.layers.add(), ...both) });
    });
  });

  test('a non_linearity that is a function', () => {
    refuses('the name of its non_linearity', () =>
      tf.sequential({
        layers: [hidden({ inputShape: [3], include_hidden_bias: false, non_linearity: (z) => tf.sin(z) })],
      }),
    );
  });
});
