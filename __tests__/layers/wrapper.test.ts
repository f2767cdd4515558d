/** Any layer with a posterior over its weights. */
import * as tf from '@tensorflow/tfjs';
import { layers, predictive, setKLWeight } from '../../src';
import { BayesianWrapper } from '../../src/layers/wrapper';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak, expectNoLeakLater } from '../helpers/leaks';

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
  [
    'convLstm2d',
    [3, 5, 5, 1],
    () =>
      tf.layers.convLstm2d({ filters: 2, kernelSize: 2 } as Parameters<typeof tf.layers.convLstm2d>[0]),
  ],
  ['prelu', series, () => tf.layers.prelu()],
  ['batchNormalization', [4], () => tf.layers.batchNormalization()],
  ['timeDistributed', series, () => tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) })],
  ['a layer of a user', series, () => new Affine({})],
];

function bidirectional(): tf.layers.Layer {
  const layer = tf.layers.lstm({ units: 2 }) as tf.RNN;
  return tf.layers.bidirectional({ layer, mergeMode: 'concat' });
}

/** What a layer's class cannot do on wasm, TensorFlow.js itself: the gradient of a convolution of one of these. */
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
        const [drawn, plain] = tf.tidy(() => [model.predict(x), wrapper.layer.apply(x)].map((y) => read(y as tf.Tensor)));
        expect(drawn).toBeAllClose(plain!, { atol: 1e-6 });
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
        w.withSeeds(() => 77, () => read(m.predict(x) as tf.Tensor));
      expect(draw(loaded, copy)).toBeAllClose(draw(model, wrapper), { atol: 1e-6 });
      model.dispose();
      loaded.dispose();
      x.dispose();
    });
  });

  it('has draws that all rows share, in predict and in predictive', async () => {
    const { model } = build(series, tf.layers.lstm({ units: 2 }), { initialStddev: 0.5 });
    const x = tf.tidy(() => tf.tile(rows(series).slice(0, 1), [4, 1, 1]));
    const p = predictive(model, x, { samples: 3, seed: 1 });
    const draws = tf.tidy(() => p.draws().arraySync() as number[][][]);
    for (const draw of draws) for (const row of draw) expect(row).toBeAllClose(draw[0]!, { atol: 1e-6 });
    expect(draws[0]![0]).not.toEqual(draws[1]![0]);
    await Promise.resolve();
    tf.dispose(x);
    p.dispose();
    model.dispose();
  });
});
