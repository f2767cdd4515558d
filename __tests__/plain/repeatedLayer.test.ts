import * as tf from '@tensorflow/tfjs';
import { adam, posteriorMean, posteriorSample } from '../../src';
import { scattered } from '../helpers/closedForms';
import { eachBackend, startBackend } from '../helpers/eachBackend';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { apply, disposeOf, hidden, output, rowsFor, sequential } from '../helpers/models';
import { expectPlainNet, expectSamePredictions, plainOf, predictions } from '../helpers/plainNets';
import { expectAllClose } from '../helpers/toBeAllClose';

type Layer = tf.layers.Layer;
type Args = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** x·factor (+ weight): a layer of a user's, not registered, whose factor is in no configuration. */
class Times extends tf.layers.Layer {
  static className = 'Times';
  constructor(
    private readonly args: Args & { factor?: number; weight?: boolean } = {},
    private readonly factor = args.factor ?? 1,
  ) {
    super(args);
  }
  override build(): void {
    if (this.args.weight) this.addWeight('weight', [1], 'float32', tf.initializers.constant({ value: 0.5 }));
    this.built = true;
  }
  override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const y = tf.mul([x].flat()[0]!, this.factor);
      return this.weights.reduce((sum, w) => tf.add(sum, w.read()), y);
    });
  }
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), weight: this.args.weight === true };
  }
}

/** Keeps a tensor of its own, as a normalisation that was adapted to data, or a wrapped graph model. */
class Shift extends tf.layers.Layer {
  static className = 'Shift';
  readonly #by = tf.keep(tf.scalar(0.7));
  override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.add([x].flat()[0]!, this.#by);
  }
  protected override disposeWeights(): number {
    this.#by.dispose();
    return 1;
  }
}

const first = { inputShape: [3], include_hidden_bias: false };
const behindHidden = (...layers: Layer[]): tf.Sequential => sequential(hidden(first), ...layers, output());

eachBackend('a layer whose state is in no configuration', () => {
  test('is shared, if it has no weights', () => {
    expectPlainNet(() => behindHidden(new Times({ factor: 3 })));
    expectPlainNet(() =>
      sequential(
        hidden({ ...first, inputShape: [2, 3] }),
        tf.layers.timeDistributed({ layer: new Times({ factor: 3 }) }),
        output(),
      ),
    );
  });

  test('is shared with a draw too', () => {
    tf.tidy(() => {
      const model = behindHidden(new Times({ factor: 3 }));
      plainOf(model);
      expectSamePredictions(posteriorSample(model, { seed: 1 }), model);
    });
  });

  test('is refused by its name, if it is trained', () => {
    const model = behindHidden(new Times({ factor: 3, weight: true, name: 'mine' }));
    expectCleanThrow(() => posteriorMean(model), /the Times mine whose copy does not/);
    disposeOf(model);
  });

  test('is shared, if it is frozen', () => {
    expectPlainNet(() => behindHidden(new Times({ factor: 3, weight: true, trainable: false })));
  });

  test('is copied, if its configuration has all', () => {
    expectPlainNet(() => behindHidden(new Times({ weight: true })), ['Dense', 'Times', 'Dense']);
  });
});

describe('a shared layer', () => {
  beforeAll(() => startBackend('cpu'));

  const net = (): tf.Sequential => behindHidden(new Shift({ name: 'shift' }));

  test.each(['the plain net', 'the Bayesian net'])('survives %s, and goes with the other', (which) => {
    expectNoLeak(() => {
      const model = net();
      const plain = plainOf(model);
      const x = rowsFor(model, 3);
      const before = predictions(plain, x);
      const [one, other] = which === 'the plain net' ? [plain, model] : [model, plain];
      one.dispose();
      const after = predictions(other, x);
      expectAllClose(after[0]!, before[0]!, { atol: 1e-5 });
      other.dispose();
      tf.dispose([x, before, after]);
    });
  });

  test('is as it was for the Bayesian net, also after a failure', () => {
    const model = net();
    const shift = model.getLayer('shift');
    const { _refCount } = shift as unknown as { _refCount: number };
    const plain = posteriorMean(model);
    expect(() => shift.output).not.toThrow();
    plain.dispose();
    expect(shift).toMatchObject({ _refCount });
    model.dispose();

    const bad = behindHidden(new Shift({ name: 'shift' }), new Times({ factor: 2, weight: true }));
    expectCleanThrow(() => posteriorMean(bad), 'Times');
    expect(bad.getLayer('shift')).toMatchObject({ _refCount });
    bad.dispose();
  });

  test('is saved as what it is', () => {
    const model = behindHidden(sequential(tf.layers.dropout({ rate: 0.25, name: 'drop', inputShape: [4] })));
    const plain = posteriorMean(model);
    const { config } = plain.toJSON(null, false) as unknown as { config: { layers: object[] } };
    expect(config.layers[2]).toMatchObject({ class_name: 'Dropout', config: { name: 'drop', rate: 0.25 } });
    // It is no first layer any more, and may have a narrower input.
    expect(JSON.stringify(config.layers[2])).not.toContain('batch_input_shape');
    disposeOf(plain, model);
  });

  test('that does not come to be says why', () => {
    class Needs extends Times {
      static override className = 'Needs';
      constructor(args: Args & { table?: number[] }) {
        super({ ...args, weight: true }, args.table!.length);
      }
    }
    const model = behindHidden(new Needs({ table: [1, 2], name: 'tabled' }));
    expectCleanThrow(() => posteriorMean(model), /Needs tabled.*undefined/);
    disposeOf(model);
  });
});

eachBackend('a copied layer', () => {
  test('keeps what is frozen, in whatever order TensorFlow.js lists it', () => {
    expectNoLeak(() => {
      const norm = tf.layers.batchNormalization({ name: 'norm' });
      const model = behindHidden(norm, tf.layers.dense({ units: 4, trainable: false, name: 'frozen' }));
      tf.tidy(() => norm.setWeights([0, 1, 2, 3].map((i) => tf.tensor1d(scattered(1, 4, i)[0]!).abs())));
      // gamma comes behind beta now.
      norm.weights[0]!.trainable = false;
      const plain = plainOf(model);
      tf.tidy(() => expectSamePredictions(plain, model));
      expect(plain.getLayer('norm').trainableWeights).toHaveLength(1);
      expect(plain.getLayer('frozen').trainableWeights).toHaveLength(0);
      expect(plain.getLayer('frozen').trainable).toBe(false);
      disposeOf(plain, model);
    });
  });

  test('has the weights that were trained, not those that its constraint would make of them', () => {
    expectPlainNet(() => {
      const dense = tf.layers.dense({ units: 3, kernelConstraint: 'nonNeg', useBias: false });
      const model = behindHidden(dense);
      tf.tidy(() =>
        (dense.weights[0]!.read() as tf.Variable).assign(tf.tensor2d(scattered(4, 3, 2)).sub(0.5)),
      );
      return model;
    });
  });

  test('does not train with its original', async () => {
    const model = behindHidden(tf.layers.dense({ units: 3 }));
    const plain = plainOf(model);
    const x = rowsFor(model, 3);
    const before = predictions(plain, x);
    model.compile({ optimizer: adam({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const y = tf.ones([3, 2]);
    await model.fit(x[0]!, y, { epochs: 2, verbose: 0 });
    const after = predictions(plain, x);
    expectAllClose(after[0]!, before[0]!, { rtol: 0, atol: 0 });
    tf.dispose([x, y, before, after]);
    disposeOf(plain, model);
  });

  test.each<[string, () => tf.LayersModel]>([
    [
      'an embedding of floats',
      () =>
        sequential(
          tf.layers.embedding({ inputDim: 4, outputDim: 3, inputLength: 2, embeddingsInitializer: 'ones' }),
          hidden({ include_hidden_bias: false }),
          output(),
        ),
    ],
    [
      'a masked series',
      () =>
        sequential(
          tf.layers.masking({ maskValue: 0, inputShape: [4, 3] }),
          hidden({ include_hidden_bias: false }),
          tf.layers.lstm({ units: 3 }),
          output(),
        ),
    ],
    [
      'both directions of a series',
      () =>
        sequential(
          hidden({ ...first, inputShape: [4, 3] }),
          tf.layers.bidirectional({ layer: tf.layers.gru({ units: 2 }), mergeMode: 'concat' }),
          output(),
        ),
    ],
    [
      'an initial state',
      () => {
        const [x, state] = [tf.input({ shape: [4, 3] }), tf.input({ shape: [2] })];
        const h = tf.layers.gru({ units: 2 }).apply(x, { initialState: [state] }) as tf.SymbolicTensor;
        return tf.model({ inputs: [x, state], outputs: apply(output(), h) });
      },
    ],
    [
      'images of any size',
      () =>
        sequential(
          tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
          tf.layers.globalAveragePooling2d({}),
          output(),
        ),
    ],
  ])('of %s', (_, build) => {
    expectPlainNet(build);
  });

  test('of a series that remembers begins anew, and leaves its original where it was', () => {
    tf.tidy(() => {
      const model = sequential(
        hidden({ include_hidden_bias: false, batchInputShape: [3, 4, 3] }),
        tf.layers.lstm({ units: 3, stateful: true }),
        output(),
      );
      const plain = plainOf(model);
      expectSamePredictions(plain, model);
      // The second time their states are those of the first.
      posteriorMean(model);
      expectSamePredictions(plain, model);
    });
  });

  test('of integers is compared on integers', () => {
    tf.tidy(() => {
      const words = tf.input({ shape: [2], dtype: 'int32' });
      const vectors = apply(tf.layers.embedding({ inputDim: 2, outputDim: 3 }), words);
      const model = tf.model({
        inputs: words,
        outputs: apply(output(), apply(tf.layers.flatten(), vectors)),
      });
      expectSamePredictions(plainOf(model), model, [tf.tensor2d([0, 1, 1, 0, 1, 1], [3, 2], 'int32')]);
    });
  });

  test('of a model keeps the names of its inputs, outputs and layers', () => {
    const a = tf.input({ shape: [3], name: 'a' });
    const b = tf.input({ shape: [3], name: 'b' });
    const inner = sequential(hidden({ ...first, name: 'twin' }));
    const sum = apply(
      tf.layers.add({ name: 'sum' }),
      apply(inner, a),
      apply(hidden({ ...first, name: 'twin' }), b),
    );
    const outputs = [apply(output({ name: 'left' }), sum), apply(output({ name: 'right' }), sum)];
    const model = tf.model({ inputs: [a, b], outputs });
    const plain = plainOf(model);
    expect(plain.inputNames).toEqual(['a', 'b']);
    expect(plain.outputNames).toEqual(['left', 'right']);
    expect(plain.layers.map(({ name }) => name).sort()).toEqual([
      'a',
      'b',
      'left',
      'right',
      'sum',
      'twin',
      'twin_1',
    ]);
    // That of the model itself, not the nested one.
    expect(plain.getLayer('twin').inboundNodes[0]!.inboundLayers[0]!.name).toBe('b');
    tf.tidy(() => expectSamePredictions(plain, model));
    disposeOf(plain, model);
  });
});
