/** What every Bayesian layer must pass, on every backend. */
import * as tf from '@tensorflow/tfjs';
import { bayesianLayers, isBayesian, type BayesianLayer } from '../../src/layers/bayesian';
import { arrangements } from './arrangements';
import { eachBackend, onBackend } from './eachBackend';
import { expectCleanThrow, expectNoLeak } from './leaks';
import { dataFor, lossWithoutKL, squares, valueOf } from './modelData';
import { artifactsOf, throughFile } from './savedModels';
import { expectAllClose } from './toBeAllClose';
import { collectWarnings } from './warnings';

type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

export interface LayerUnderTest {
  /** Makes the layer, which maps [..., D] to [..., D]; nothing else in it is random when `seed` is given. */
  make: (options: LayerArgs & { seed?: number; klFactor?: number; klWeight?: number }) => BayesianLayer;
  D: number;
  /** The names of its weights, in their order. */
  weights: string[];
}

/** The numbers of a tensor that nobody else needs. */
const arrayOf = (tensor: tf.Tensor): tf.TensorLike => {
  const array = tensor.arraySync();
  tensor.dispose();
  return array;
};

/** @param backend the only one, for a variant of a layer that passes on all of them */
export function checkLayer(title: string, { make, D, weights }: LayerUnderTest, backend?: string): void {
  const every = (name: string, body: () => void): void =>
    backend === undefined ? eachBackend(name, body) : onBackend(backend, name, body);
  every(`${title}, as a Bayesian layer`, () => {
    collectWarnings();

    /** A net in which nothing is left to chance: lr 0, and weights with next to no spread. */
    const still = (args?: LayerArgs): BayesianLayer => {
      const layer = make({ klFactor: 0.5, klWeight: 0.7, ...args });
      const build = layer.build.bind(layer);
      layer.build = (shape) => {
        build(shape);
        tf.tidy(() => {
          // Means and logarithms of stddevs, by turns.
          const still = (w: tf.Tensor, i: number): tf.Tensor =>
            i % 2 === 0 ? w : tf.fill(w.shape, Math.log(1e-9));
          layer.setWeights(layer.getWeights().map(still));
        });
      };
      return layer;
    };

    describe.each(Object.entries(arrangements(still, D)))('%s', (_, build) => {
      test.each(['trainOnBatch', 'fit', 'fitDataset'])('%s has the KL in its loss once', async (how) => {
        const model = build();
        model.compile({ optimizer: tf.train.sgd(0), loss: squares });
        const { xs, ys, dispose } = dataFor(model, 6);
        const layers = bayesianLayers(model);
        const kl = layers.reduce((sum, layer) => sum + valueOf(layer.kl()), 0);
        // Every weight has a KL of about 20 nats: once or twice is seen.
        expect(kl).toBeGreaterThan(10 * D * D);
        const expected = lossWithoutKL(model, xs, ys) + 0.5 * 0.7 * kl;
        for (const loss of await losses(how, model, xs, ys)) expectAllClose(loss, expected, { rtol: 1e-5 });
        dispose();
        model.dispose();
      });

      test.each([undefined, { training: false }, { training: true }])(
        'a loop of one’s own that applies it with %p finds its KL once',
        (kwargs) => {
          const model = build();
          const { xs, dispose } = dataFor(model, 6);
          const layers = bayesianLayers(model);
          const total = (kls: tf.Tensor[]): tf.Scalar => tf.addN([tf.scalar(0), ...kls]).asScalar();
          const pass = (times: number): tf.Scalar => {
            const ys = Array.from(
              { length: times },
              () => model.apply(xs, kwargs) as tf.Tensor | tf.Tensor[],
            );
            const zero = tf.addN(ys.flat().map((y) => y.sum())).mul(0);
            return tf.add(zero, total(layers.flatMap((layer) => layer.calculateLosses()))).asScalar();
          };
          tf.tidy(() => {
            const expected = tf.mul(0.5 * 0.7, total(layers.map((layer) => layer.kl())));
            const variables = layers.flatMap((layer) => layer.weights.map((w) => w.read() as tf.Variable));
            // Two passes that share one asking share one KL.
            for (const times of [1, 2, 1]) {
              const { value, grads } = tf.variableGrads(() => pass(times), variables);
              expectAllClose(value, expected, { rtol: 1e-5 });
              expect(Object.keys(grads)).toHaveLength(variables.length);
            }
            expectAllClose(total(layers.flatMap((layer) => layer.calculateLosses())), 0);
          });
          dispose();
          model.dispose();
        },
      );
    });

    test('in two models has its KL once in the loss of each, in whatever turns they train', async () => {
      const layer = still();
      const models = [D, 2].map((units) => {
        const x = tf.input({ shape: [D] });
        const h = layer.apply(tf.layers.dense({ units: D }).apply(x)) as tf.SymbolicTensor;
        const y = tf.layers.dense({ units }).apply(h) as tf.SymbolicTensor;
        const model = tf.model({ inputs: x, outputs: y });
        model.compile({ optimizer: tf.train.sgd(0), loss: squares });
        return model;
      });
      const kl = valueOf(layer.kl());
      for (const turn of [0, 1, 0, 0, 1, 1, 0]) {
        const { xs, ys, dispose } = dataFor(models[turn]!, 6);
        const expected = lossWithoutKL(models[turn]!, xs, ys) + 0.35 * kl;
        expectAllClose(await models[turn]!.trainOnBatch(xs, ys), expected, { rtol: 1e-5 });
        dispose();
      }
    });

    test('has no KL in the loss of evaluate, nor of a prediction that comes between', async () => {
      const model = tf.sequential({ layers: [still({ inputShape: [D] }), tf.layers.dense({ units: 1 })] });
      model.compile({ optimizer: tf.train.sgd(0), loss: squares });
      const { xs, ys, dispose } = dataFor(model, 6);
      const nll = lossWithoutKL(model, xs, ys);
      expectAllClose(
        tf.tidy(() => tf.mean(squares(ys as tf.Tensor, model.predict(xs) as tf.Tensor))),
        nll,
      );
      const loss = (await model.trainOnBatch(xs, ys)) as number;
      tf.dispose(model.predict(xs));
      expectAllClose(lossWithoutKL(model, xs, ys), nll);
      expectAllClose(await model.trainOnBatch(xs, ys), loss);
      dispose();
    });

    test('takes a changed klFactor and klWeight into the next step', async () => {
      const model = tf.sequential({ layers: [still({ inputShape: [D] })] });
      model.compile({ optimizer: tf.train.sgd(0), loss: squares });
      const { xs, ys, dispose } = dataFor(model, 6);
      const nll = lossWithoutKL(model, xs, ys);
      const layer = bayesianLayers(model)[0]!;
      const kl = valueOf(layer.kl());
      for (const [factor, weight] of [
        [0.25, 0.7],
        [0.25, 2],
        [0, 1],
        [1, 0],
        [1e-3, 1],
      ] as const) {
        layer.klFactor = factor;
        layer.klWeight = weight;
        expect([layer.klFactor, layer.klWeight]).toEqual([factor, weight]);
        const loss = (await model.trainOnBatch(xs, ys)) as number;
        expectAllClose(loss, nll + factor * weight * kl, { rtol: 1e-5 });
      }
      dispose();
    });

    test.each(['klFactor', 'klWeight'] as const)('refuses a %s that is no number of at least 0', (name) => {
      const layer = make({ klFactor: 0.5, klWeight: 0.7 });
      for (const wrong of [-1, NaN, Infinity, '1', null])
        expectCleanThrow(() => (layer[name] = wrong as number), 'must be a finite number of at least 0');
      expect([layer.klFactor, layer.klWeight]).toEqual([0.5, 0.7]);
    });

    test('has a gradient, finite and not 0, for each of its weights', async () => {
      const model = tf.sequential({ layers: [make({ seed: 1, klFactor: 1, inputShape: [D] })] });
      const { xs, ys, dispose } = dataFor(model, 6);
      const layer = bayesianLayers(model)[0]!;
      expect(layer.trainableWeights.map(({ name }) => name.split('/').pop())).toEqual(weights);
      const { value, grads } = tf.variableGrads(() => {
        const y = model.apply(xs, { training: true }) as tf.Tensor;
        return tf.addN([squares(ys as tf.Tensor, y).mean(), ...model.calculateLosses()]).asScalar();
      });
      expect(Object.keys(grads)).toHaveLength(weights.length);
      for (const gradient of Object.values(grads)) {
        const numbers = Array.from(await gradient.data());
        expect(numbers.every(Number.isFinite)).toBe(true);
        expect(numbers.some((g) => g !== 0)).toBe(true);
      }
      tf.dispose([value, grads]);
      dispose();
    });

    test('keeps its posterior when it is frozen, and trains on when it is thawed', async () => {
      const model = tf.sequential({ layers: [make({ seed: 1, klFactor: 1, inputShape: [D] })] });
      const layer = bayesianLayers(model)[0]!;
      const { xs, ys, dispose } = dataFor(model, 6);
      const before = layer.getWeights().map((w) => w.arraySync());
      const optimizer = tf.train.sgd(0.01);
      const end = tf.sequential({ layers: [model, tf.layers.dense({ units: D })] });
      layer.trainable = false;
      end.compile({ optimizer, loss: squares });
      await end.trainOnBatch(xs, ys);
      expect(layer.getWeights().map((w) => w.arraySync())).toEqual(before);
      layer.trainable = true;
      end.compile({ optimizer, loss: squares });
      await end.trainOnBatch(xs, ys);
      layer.getWeights().forEach((w, i) => expect(w.arraySync()).not.toEqual(before[i]));
      dispose();
    });

    test.each([0, 1, -7, 2 ** 40])('is the same layer again from the seed %d', (seed) => {
      const run = (s: number | undefined): tf.TensorLike[] => {
        const layer = make({ ...(s === undefined ? {} : { seed: s }), klFactor: 1 });
        const x = tf.randomNormal([5, D], 0, 1, 'float32', 9);
        try {
          const draws = [1, 2].map(() => arrayOf(layer.apply(x) as tf.Tensor));
          const values = [...layer.getWeights().map((w) => w.arraySync()), ...draws] as tf.TensorLike[];
          return values;
        } finally {
          tf.dispose(x);
          layer.dispose();
        }
      };
      const [values, again, other, free] = [run(seed), run(seed), run(seed + 1), run(undefined)];
      expect(again).toEqual(values);
      const n = values.length;
      expect(values[n - 1]).not.toEqual(values[n - 2]);
      for (const differs of [other, free])
        for (const k of [0, n - 2, n - 1]) expect(differs[k]).not.toEqual(values[k]);
    });

    test('survives save and load: the same weights, options and loss, and trains on', async () => {
      const { klFactor, klWeight } = { klFactor: 1 / 3000, klWeight: 0.3 };
      const layers = [
        make({ seed: 5, klFactor, klWeight, inputShape: [D], name: 'mine' }),
        tf.layers.dense({ units: 2 }),
      ];
      const model = tf.sequential({ layers });
      const { xs, ys, dispose } = dataFor(model, 6);
      model.compile({ optimizer: tf.train.adam(0.1), loss: squares });
      await model.trainOnBatch(xs, ys);
      const loaded = await tf.loadLayersModel(throughFile(await artifactsOf(model)));
      const [saved, back] = [model.layers[0]!, loaded.layers[0]!];
      expect(back.getConfig()).toEqual(saved.getConfig());
      expect(back.getWeights().map((w) => w.arraySync())).toEqual(
        saved.getWeights().map((w) => w.arraySync()),
      );
      if (!isBayesian(back) || !isBayesian(saved)) throw new Error('not Bayesian any more');
      expect([back.klFactor, back.klWeight]).toEqual([klFactor, klWeight]);
      expectAllClose(valueOf(back.kl()), valueOf(saved.kl()), { rtol: 1e-6 });
      loaded.compile({ optimizer: tf.train.adam(0.1), loss: squares });
      const before = back.getWeights().map((w) => w.arraySync());
      await loaded.trainOnBatch(xs, ys);
      back.getWeights().forEach((w, i) => expect(w.arraySync()).not.toEqual(before[i]));
      dispose();
    });

    test('has a config of JSON alone, from which the same layer is made again', () => {
      const layer = make({ seed: 0, klFactor: 0.25, name: 'clone' });
      const config = layer.getConfig();
      expect(JSON.parse(JSON.stringify(config))).toEqual(config);
      const cls = layer.constructor as unknown as {
        fromConfig: (cls: unknown, config: tf.serialization.ConfigDict) => BayesianLayer;
      };
      const clone = cls.fromConfig(cls, JSON.parse(JSON.stringify(config)) as tf.serialization.ConfigDict);
      expect(clone.getConfig()).toEqual(config);
      const drawn = [layer, clone].map((l) =>
        tf.tidy(() => (l.apply(tf.ones([2, D])) as tf.Tensor).arraySync()),
      );
      expect(drawn[1]).toEqual(drawn[0]);
    });

    test('leaves nothing behind: made, built, called, asked, disposed of', () => {
      expectNoLeak(() => {
        const layer = make({ klFactor: 1 });
        const x = tf.ones([2, D]);
        for (const y of [0, 1].map(() => layer.apply(x) as tf.Tensor)) y.dispose();
        tf.dispose([x, layer.kl(), layer.gaussians().map((tensor) => tensor.posterior())]);
        layer.dispose();
      });
    });

    test.each([
      ['too wide', () => tf.zeros([2, D + 1])],
      ['of rank 1', () => tf.zeros([D])],
      ['of integers', () => tf.zeros([2, D], 'int32')],
    ])('refuses an input that is %s, and leaks nothing', (_, makeInput) => {
      const layer = make({ klFactor: 1 });
      layer.build([null, D]);
      expectCleanThrow(() => {
        const x = makeInput();
        try {
          layer.call(x, {});
        } finally {
          x.dispose();
        }
      }, `${layer.name}: the `);
    });
  });
}

async function losses(
  how: string,
  model: tf.LayersModel,
  xs: tf.Tensor,
  ys: tf.Tensor | tf.Tensor[],
): Promise<number[]> {
  if (how === 'trainOnBatch') return [[await model.trainOnBatch(xs, ys)].flat()[0]!];
  const options = { epochs: 2, verbose: 0, batchSize: xs.shape[0] };
  const { history } =
    how === 'fit'
      ? await model.fit(xs, ys, options)
      : await model.fitDataset(
          tf.data.generator(function* () {
            // `fitDataset` takes several targets by name, and disposes of what it gets.
            const named = [ys].flat().map((y, i) => [model.outputNames[i]!, y.clone()] as const);
            yield { xs: xs.clone(), ys: Object.fromEntries(named) };
          }),
          options,
        );
  return history.loss as number[];
}
