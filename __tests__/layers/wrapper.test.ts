/** Any layer with a posterior over its weights. */
import * as tf from '@tensorflow/tfjs';
import { layers, predictive, setKLWeight } from '../../src';
import { type BayesianWrapper } from '../../src/layers/wrapper';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

/** A user's own: y = x ⊙ w + b, with a factor that is not trained. */
class Affine extends tf.layers.Layer {
  static className = 'AffineOfATest';
  private w!: tf.LayerVariable;
  private b!: tf.LayerVariable;
  private factor!: tf.LayerVariable;

  override build(shape: tf.Shape | tf.Shape[]): void {
    const d = (shape as tf.Shape).at(-1)!;
    this.w = this.addWeight('w', [d], 'float32', tf.initializers.ones());
    this.b = this.addWeight('b', [d], 'float32', tf.initializers.zeros());
    this.factor = this.addWeight('factor', [], 'float32', tf.initializers.ones(), undefined, false);
    super.build(shape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = [inputs].flat()[0]!;
      return x.mul(this.w.read()).add(this.b.read()).mul(this.factor.read());
    });
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return shape;
  }
}
tf.serialization.registerClass(Affine);

const series = [5, 3];
const image = [6, 6, 2];
const KINDS: Array<[string, number[], () => tf.layers.Layer]> = [
  ['lstm', series, () => tf.layers.lstm({ units: 2 })],
  ['gru', series, () => tf.layers.gru({ units: 2, returnSequences: true })],
  ['simpleRNN', series, () => tf.layers.simpleRNN({ units: 2, dropout: 0.4, recurrentDropout: 0.3 })],
  ['bidirectional', series, () => bidirectional()],
  [
    'stacked cells',
    series,
    () => tf.layers.rnn({ cell: [tf.layers.lstmCell({ units: 2 }), tf.layers.gruCell({ units: 3 })] }),
  ],
  ['separableConv2d', image, () => tf.layers.separableConv2d({ filters: 3, kernelSize: 3 })],
  ['convLstm2d', [3, 5, 5, 1], () => tf.layers.convLstm2d({ filters: 2, kernelSize: 2 })],
  ['prelu', series, () => tf.layers.prelu()],
  ['batchNormalization', [4], () => tf.layers.batchNormalization()],
  ['timeDistributed', series, () => tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) })],
  ['a layer of a user', series, () => new Affine({})],
];

function bidirectional(): tf.layers.Layer {
  const layer = tf.layers.lstm({ units: 2 });
  return tf.layers.bidirectional({ layer, mergeMode: 'concat' });
}

const rows = (shape: number[], seed = 3): tf.Tensor => tf.randomNormal([4, ...shape], 0, 1, 'float32', seed);

const build = (
  shape: number[],
  layer: tf.layers.Layer,
  options: object = {},
): { model: tf.Sequential; wrapper: BayesianWrapper } => {
  const wrapper = layers.bayesian({ layer, inputShape: shape, datasetSize: 4, seed: 5, ...options });
  const model = tf.sequential({ layers: [wrapper] });
  return { model, wrapper };
};

const read = (t: tf.Tensor | tf.Tensor[]): number[] => Array.from([t].flat()[0]!.dataSync());

eachBackend('layers.bayesian', () => {
  describe.each(KINDS)('%s', (_, shape, make) => {
    it('with stddevs of nearly 0 computes what the plain layer does', () => {
      expectNoLeak(() => {
        const { model, wrapper } = build(shape, make(), { initialStddev: 1e-9 });
        const x = rows(shape);
        const [drawn, plain] = tf.tidy(() =>
          [model.predict(x), wrapper.layer.apply(x)].map((y) => read(y as tf.Tensor)),
        );
        expectAllClose(drawn!, plain!, { atol: 1e-6 });
        // TensorFlow.js keeps those of a cell until its next call.
        const { cell } = wrapper.layer as {
          cell?: { dropoutMask?: tf.Tensor; recurrentDropoutMask?: tf.Tensor };
        };
        tf.dispose([cell?.dropoutMask ?? [], cell?.recurrentDropoutMask ?? []]);
        model.dispose();
        x.dispose();
      });
    });

    it('draws a new set of weights in each pass, and leaves the layer inside as it was', () => {
      const { model, wrapper } = build(shape, make(), { initialStddev: 0.3 });
      const x = rows(shape);
      expect(read(model.predict(x) as tf.Tensor)).not.toEqual(read(model.predict(x) as tf.Tensor));
      expect(read(wrapper.layer.apply(x) as tf.Tensor)).toEqual(read(wrapper.layer.apply(x) as tf.Tensor));
      tf.dispose(x);
      model.dispose();
    });

    it('trains means and stddevs with fit, whose loss has the KL once', async () => {
      const { model, wrapper } = build(shape, make());
      model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0) });
      const x = rows(shape);
      const y = model.predict(x) as tf.Tensor;
      const fit = { epochs: 1, batchSize: 4, shuffle: false, verbose: 0 } as const;
      const lossAt = async (w: number): Promise<number> => {
        setKLWeight(model, w);
        const { history } = await model.fit(x, y, fit);
        return history.loss![0] as number;
      };
      const kl = tf.tidy(() => wrapper.kl().dataSync()[0]!);
      // The mean squares are at most of the order of 10, which the KL is scaled up beside.
      const [light, heavy] = [await lossAt(1e3), await lossAt(3e3)];
      expect((heavy - light) / 2e3 / (kl / 4)).toBeCloseTo(1, 1);
      model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.01) });
      setKLWeight(model, 1);
      const before = wrapper.trainableWeights.map((v) => read(v.read()));
      await model.fit(x, y, fit);
      for (const [i, v] of wrapper.trainableWeights.entries()) {
        expect(read(v.read())).not.toEqual(before[i]);
        expect(read(v.read()).every(Number.isFinite)).toBe(true);
      }
      tf.dispose([x, y]);
      model.dispose();
    });

    it('comes back from a saved model with its posterior', async () => {
      const { model, wrapper } = build(shape, make(), { prior: { mean: 0.1, stddev: 0.7 } });
      const [first] = wrapper.gaussians();
      wrapper.setPrior({ [first!.name]: { mean: 0, stddev: 0.25 } });
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(tf.io.withSaveHandler((a) => ((saved = a), Promise.resolve({} as tf.io.SaveResult))));
      const json = JSON.parse(JSON.stringify({ ...saved, weightData: undefined })) as tf.io.ModelArtifacts;
      const loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...json, weightData: saved!.weightData! }));
      const copy = loaded.layers.at(-1) as BayesianWrapper;
      const x = rows(shape);
      expect(Object.keys(copy.posterior())).toEqual(Object.keys(wrapper.posterior()));
      expect(read(copy.kl())[0]).toBeCloseTo(read(wrapper.kl())[0]!, 3);
      const draw = (m: tf.LayersModel, w: BayesianWrapper): number[] =>
        w.withSeeds(
          () => 77,
          () => read(m.predict(x) as tf.Tensor),
        );
      expectAllClose(draw(loaded, copy), draw(model, wrapper), { atol: 1e-6 });
      model.dispose();
      loaded.dispose();
      x.dispose();
    });
  });

  it('has draws that all rows share, in predict and in predictive', async () => {
    const { model } = build(series, tf.layers.lstm({ units: 2 }), { initialStddev: 0.5 });
    const x = tf.tidy(() => tf.tile(rows(series).slice(0, 1), [4, 1, 1]));
    const p = await predictive(model, x, { samples: 3, seed: 1, draws: true });
    const draws = tf.tidy(() => p.draws().arraySync() as number[][][]);
    for (const draw of draws) for (const row of draw) expectAllClose(row, draw[0]!, { atol: 1e-6 });
    expect(draws[0]![0]).not.toEqual(draws[1]![0]);
    tf.dispose(x);
    p.dispose();
    model.dispose();
  });

  it('has the gradient of finite differences for each mean and stddev of an lstm', () => {
    const { model, wrapper } = build(
      series,
      tf.layers.lstm({
        units: 2,
        recurrentActivation: 'sigmoid',
        kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
        recurrentInitializer: tf.initializers.orthogonal({ seed: 2 }),
      }),
    );
    const x = rows(series);
    // The same noise in each call.
    const loss = (): tf.Scalar =>
      wrapper.withSeeds(
        () => 9,
        () => (wrapper.apply(x) as tf.Tensor).square().sum<tf.Scalar>(),
      );
    const variables = wrapper.trainableWeights;
    const { grads } = tf.variableGrads(
      loss,
      variables.map((v) => v.read() as tf.Variable),
    );
    for (const variable of variables) {
      const value = variable.read().clone();
      const along = tf.randomNormal(value.shape, 0, 1, 'float32', 4);
      const moved = (h: number): number =>
        tf.tidy(() => {
          variable.write(value.add(along.mul(h)));
          return loss().dataSync()[0]!;
        });
      const difference = (moved(0.003) - moved(-0.003)) / 0.006;
      variable.write(value);
      const gradient = tf.tidy(
        () => grads[(variable.read() as tf.Variable).name]!.mul(along).sum().dataSync()[0]!,
      );
      expect(Math.abs(gradient - difference)).toBeLessThan(6e-3 * Math.max(1, Math.abs(gradient)));
      tf.dispose([value, along]);
    }
    tf.dispose([x, grads]);
    model.dispose();
  });

  it('takes masks, initial states and returns states, as the layer inside', () => {
    const options = { units: 2, returnSequences: true, returnState: true };
    const wrapper = layers.lstm({ ...options, initialStddev: 1e-9, seed: 1, datasetSize: 4 });
    const [x, h, c] = [tf.input({ shape: series }), tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const masked = tf.layers.masking({ maskValue: 0 }).apply(x) as tf.SymbolicTensor;
    const outputs = wrapper.apply(masked, { initialState: [h, c] }) as tf.SymbolicTensor[];
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [null, 5, 2],
      [null, 2],
      [null, 2],
    ]);
    const model = tf.model({ inputs: [x, h, c], outputs });
    tf.tidy(() => {
      const padded = tf.concat([rows([3, 3]), tf.zeros([4, 2, 3])], 1);
      const inputs = [padded, rows([2], 4), rows([2], 5)];
      const mask = tf.tile(tf.tensor2d([[1, 1, 1, 0, 0]], [1, 5], 'bool'), [4, 1]);
      const ours = model.predict(inputs) as tf.Tensor[];
      const theirs = wrapper.layer.apply(inputs, { mask }) as tf.Tensor[];
      ours.forEach((t, i) => expectAllClose(read(t), read(theirs[i]!), { atol: 1e-5 }));
    });
  });

  it('keeps and resets the states of a stateful layer', () => {
    const stateful = { units: 2, stateful: true, batchInputShape: [4, ...series], initialStddev: 1e-9 };
    const model = tf.sequential({ layers: [layers.gru({ ...stateful, datasetSize: 4 })] });
    const x = rows(series);
    const [first, second] = [0, 1].map(() => read(model.predict(x) as tf.Tensor));
    expect(() => expectAllClose(second!, first!, { atol: 1e-4 })).toThrow();
    model.resetStates();
    expectAllClose(read(model.predict(x)), first!, { atol: 1e-5 });
    x.dispose();
  });

  it('freezes means and stddevs, and lists what is not trained', () => {
    const { wrapper } = build([4], tf.layers.batchNormalization());
    expect(wrapper.trainableWeights).toHaveLength(4);
    expect(wrapper.nonTrainableWeights).toHaveLength(2);
    expect(Object.keys(wrapper.posterior())).toEqual(['gamma', 'beta']);
    wrapper.trainable = false;
    expect(wrapper.trainableWeights).toEqual([]);
    expect(wrapper.weights).toHaveLength(6);
  });

  it.each(KINDS)('makes the same initial weights of %s from the same seed', (_, shape, make) => {
    const initial = (seed: number | undefined): number[][] => {
      const layer = make();
      const config = JSON.stringify(layer.getConfig());
      const { model, wrapper } = build(shape, layer, { seed });
      const values = wrapper.trainableWeights.map((v) => read(v.read()));
      expect(JSON.stringify(layer.getConfig())).toBe(config);
      model.dispose();
      return values;
    };
    const [one, again, other, none] = [5, 5, 6, undefined].map(initial);
    expect(again).toEqual(one);
    // Where anything of it is random.
    const isRandom = JSON.stringify(make().getConfig()).includes('seed');
    for (const another of [other, none]) {
      if (isRandom) expect(another).not.toEqual(one);
      else expect(another).toEqual(one);
    }
  });

  it('gives the initializers of one layer seeds of their own, and leaves them those that they have', () => {
    const own = tf.initializers.randomNormal({ stddev: 1, seed: 9 });
    const shared = tf.initializers.randomNormal({ stddev: 1 });
    const values = [5, 6].map((seed) => {
      const cells = [own, shared].map((kernelInitializer) =>
        tf.layers.simpleRNNCell({ units: 3, kernelInitializer, recurrentInitializer: shared }),
      );
      const { model, wrapper } = build(series, tf.layers.rnn({ cell: cells }), { seed });
      const means = Object.values(wrapper.posterior()).map(({ mean }) => read(mean));
      model.dispose();
      return means;
    });
    const kernels = [0, 1, 3, 4];
    expect(values[0]![0]).toEqual(values[1]![0]);
    for (const i of kernels.slice(1)) expect(values[0]![i]).not.toEqual(values[1]![i]);
    expect(new Set(kernels.map((i) => values[0]![i]![0])).size).toBe(4);
    expect('seed' in shared && shared.seed).toBeUndefined();
  });

  it('says what it was made with also when it is disposed of', () => {
    const { model, wrapper } = build(series, tf.layers.gru({ units: 2 }), { prior: 0.5 });
    const config = wrapper.getConfig();
    model.dispose();
    expect(wrapper.getConfig()).toEqual(config);
    expect(() => wrapper.kl()).toThrow('the layer must not be disposed of');
  });

  it('draws the same from the same seed', () => {
    const x = rows(series);
    const outputs = [0, 1].map(() => {
      const model = tf.sequential({ layers: [layers.simpleRNN({ units: 2, seed: 3, inputShape: series })] });
      return read(model.predict(x));
    });
    expect(outputs[0]).toEqual(outputs[1]);
  });
});
