/** A wrapped layer in a plain net: the layer inside, with the weights' means, or with a draw of them. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, layers, posteriorMean, posteriorSample } from '../../src';
import { bayesianLayers } from '../../src/layers/bayesian';
import type { BayesianWrapper } from '../../src/layers/wrapper';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { disposeOf, rowsFor, sequential } from '../helpers/models';
import { expectSamePredictions } from '../helpers/plainNets';
import { expectAllClose } from '../helpers/toBeAllClose';

/** So little noise that a draw is the mean to float32. */
const sure = { initialStddev: 1e-9, klFactor: 1, seed: 3 };
const series = { inputShape: [5, 3] };
const wrapped = (layer: tf.layers.Layer, shape: number[] = [5, 3]): BayesianWrapper =>
  layers.bayesian({ layer, inputShape: shape, ...sure });
const units = 2;

/** y = x ⊙ w, whose config does not say how long w is. */
class Stretch extends tf.layers.Layer {
  static className = 'StretchOfATest';
  private w!: tf.LayerVariable;

  constructor(private readonly by: number) {
    super({});
  }

  override build(shape: tf.Shape | tf.Shape[]): void {
    this.w = this.addWeight('w', [(shape as tf.Shape).at(-1)!], 'float32', tf.initializers.ones());
    super.build(shape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => [inputs].flat()[0]!.mul(this.w.read()).mul(this.by));
  }
}

const NETS: Array<[string, string, () => tf.LayersModel]> = [
  ['lstm', 'LSTM', () => sequential(layers.lstm({ units, ...series, ...sure }))],
  [
    'gru of a series',
    'GRU',
    () => sequential(layers.gru({ units, returnSequences: true, ...series, ...sure })),
  ],
  [
    'simpleRNN behind a mask',
    'SimpleRNN',
    () => sequential(tf.layers.masking({ maskValue: 0, ...series }), layers.simpleRNN({ units, ...sure })),
  ],
  [
    'bidirectional',
    'Bidirectional',
    () =>
      sequential(
        wrapped(
          tf.layers.bidirectional({
            layer: tf.layers.lstm({ units }) as never,
            mergeMode: 'concat',
          } as never),
        ),
      ),
  ],
  [
    'stacked cells',
    'RNN',
    () =>
      sequential(
        wrapped(tf.layers.rnn({ cell: [tf.layers.lstmCell({ units: 2 }), tf.layers.gruCell({ units: 3 })] })),
      ),
  ],
  [
    'separableConv2d',
    'SeparableConv2D',
    () => sequential(wrapped(tf.layers.separableConv2d({ filters: 3, kernelSize: 2 }), [4, 4, 2])),
  ],
  ['batchNormalization', 'BatchNormalization', () => sequential(wrapped(tf.layers.batchNormalization()))],
  ['prelu', 'PReLU', () => sequential(wrapped(tf.layers.prelu()))],
  [
    'a frozen dense layer',
    'Dense',
    () => {
      const layer = wrapped(tf.layers.dense({ units, activation: 'tanh' }));
      const model = sequential(layer);
      layer.trainable = false;
      return model;
    },
  ],
  [
    'a wrapped layer at each step',
    'TimeDistributed',
    () =>
      sequential(
        tf.layers.timeDistributed({
          layer: layers.bayesian({ layer: tf.layers.conv1d({ filters: 2, kernelSize: 2 }), ...sure }),
          inputShape: [2, 5, 3],
        }),
      ),
  ],
];

eachBackend('a plain net', () => {
  test.each(NETS)('of %s has a %s that predicts the same', (_, className, build) => {
    expectNoLeak(() => {
      const model = build();
      const plain = posteriorMean(model);
      expect(plain.layers.at(-1)!.getClassName()).toBe(className);
      expect(plain.layers.at(-1)!.name).toBe(model.layers.at(-1)!.name);
      expect(bayesianLayers(plain)).toEqual([]);
      expect(plain.trainableWeights).toHaveLength(model.trainableWeights.length / 2);
      tf.tidy(() => expectSamePredictions(plain, model));
      disposeOf(plain, model);
    });
  });

  test('of a stateful layer remembers what it has seen', () => {
    tf.tidy(() => {
      const model = sequential(layers.gru({ units, stateful: true, batchInputShape: [3, 5, 3], ...sure }));
      const plain = posteriorMean(model);
      const again = (): void => {
        expectSamePredictions(plain, model);
      };
      again();
      // From the states of the first time.
      again();
      plain.resetStates();
      expect(again).toThrow('Not close');
    });
  });

  test('takes initial states, and returns states', () => {
    tf.tidy(() => {
      const lstm = layers.lstm({ units, returnSequences: true, returnState: true, ...sure });
      const inputs = [[5, 3], [units], [units]].map((shape) => tf.input({ shape }));
      const [x, ...initialState] = inputs as [tf.SymbolicTensor];
      const outputs = lstm.apply(x, { initialState }) as tf.SymbolicTensor[];
      const model = tf.model({ inputs, outputs });
      expectSamePredictions(posteriorMean(model), model);
    });
  });
});

describe('a wrapped layer in a plain net', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('is what its neighbours expect, used twice and shared', () => {
    tf.tidy(() => {
      const lstm = layers.lstm({ units, ...sure });
      const inputs = [0, 1].map(() => tf.input({ shape: [5, 3] }));
      const both = inputs.map((x) => lstm.apply(x) as tf.SymbolicTensor);
      const sum = tf.layers.add().apply(both) as tf.SymbolicTensor;
      const y = layers.dense({ units: 1, initialStddev: 1e-9, klFactor: 1 }).apply(sum) as tf.SymbolicTensor;
      const model = tf.model({ inputs, outputs: y });
      const plain = posteriorMean(model);
      expect(plain.layers.filter((layer) => layer.getClassName() === 'LSTM')).toHaveLength(1);
      expectSamePredictions(plain, model);
    });
  });

  test('has weights drawn from the posterior in posteriorSample', () => {
    const model = sequential(layers.lstm({ units: 8, inputShape: [5, 4], klFactor: 1, seed: 1 }));
    const wrapper = model.layers[0] as BayesianWrapper;
    tf.tidy(() => {
      for (const [name, { mean }] of Object.entries(wrapper.posterior()))
        wrapper.setPosterior({ [name]: { mean, stddev: tf.fill(mean.shape, 0.25) } });
      const posterior = wrapper.posterior();
      const draws = [1, 2].map((seed) => posteriorSample(model, { seed }));
      const [one, again, two] = [draws[0]!, posteriorSample(model, { seed: 1 }), draws[1]!].map((net) =>
        net.layers.at(-1)!.getWeights(),
      ) as [tf.Tensor[], tf.Tensor[], tf.Tensor[]];
      one.forEach((w, i) => expectAllClose(w, again[i]!));
      one.forEach((w, i) => expect(w.arraySync()).not.toEqual(two[i]!.arraySync()));
      // 832 numbers: their variance is within 6 of its standard errors √(2 / 832) of 1.
      const ε = tf.concat(
        [one, two].flatMap((weights) =>
          Object.values(posterior).map(({ mean, stddev }, i) => weights[i]!.sub(mean).div(stddev).flatten()),
        ),
      );
      expect(ε.size).toBe(832);
      expect(Math.abs(ε.mean().dataSync()[0]!)).toBeLessThan(6 / Math.sqrt(832));
      expect(Math.abs(ε.square().mean().dataSync()[0]! - 1)).toBeLessThan(6 * Math.sqrt(2 / 832));
      draws.forEach((net) => net.dispose());
    });
    model.dispose();
  });

  test('that its config does not make again is refused, and nothing is left behind', () => {
    const model = sequential(layers.bayesian({ layer: new Stretch(3), inputShape: [4], ...sure }));
    expectCleanThrow(
      () => posteriorMean(model),
      /^posteriorMean: .* so must a copy of each layer, got the BayesianWrapper \w+ whose copy does not: .*Object/,
    );
    model.dispose();
  });

  test('behind a column of ones is refused', () => {
    const model = sequential(
      hiddenLayer({ units: 3, inputShape: [4], KL_factor: 1, include_input_bias: true }),
      layers.bayesian({ layer: tf.layers.dense({ units: 1 }), ...sure }),
    );
    expectCleanThrow(() => posteriorMean(model), 'must become the bias of a dense layer');
    disposeOf(model);
  });

  test('outlives the Bayesian net', () => {
    const model = sequential(layers.gru({ units, ...series, ...sure }));
    const [x] = rowsFor(model, 3);
    const plain = posteriorMean(model);
    model.dispose();
    expect((plain.predict(x!) as tf.Tensor).shape).toEqual([3, units]);
    plain.dispose();
  });
});
