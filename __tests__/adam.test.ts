import * as tf from '@tensorflow/tfjs';
import { adam, type AdamOptions } from '../src/adam';
import { scattered } from './helpers/closedForms';
import { eachBackend } from './helpers/eachBackend';
import { expectNoLeak, expectNoLeakLater } from './helpers/leaks';
import { expectAllClose } from './helpers/toBeAllClose';
import { withoutKernels } from './helpers/withoutKernels';

const OPTIONS: Required<AdamOptions> = { learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };
const reference = ({ learningRate, beta1, beta2, epsilon }: Required<AdamOptions> = OPTIONS): tf.Optimizer =>
  tf.train.adam(learningRate, beta1, beta2, epsilon);

/** Sizes that loops by four numbers do not fit. */
const SHAPES = [[1], [3], [4], [5, 13], [2, 3, 4]];

const start = (): tf.Variable[] =>
  SHAPES.map((shape, i) =>
    tf.tidy(() => tf.variable(tf.tensor2d(scattered(1, tf.util.sizeFromShape(shape), i)).reshape(shape))),
  );

/** A loss whose gradients differ in size by many powers of ten, the smallest below epsilon. */
const loss = (variables: tf.Variable[]): tf.Scalar =>
  variables
    .map((w, i) => tf.mul(10 ** (2 - 3 * i), tf.sum(tf.square(tf.sub(w, 0.3)))))
    .reduce((a, b) => tf.add(a, b))
    .asScalar();

const train = (optimizer: tf.Optimizer, variables: tf.Variable[], steps = 1): void => {
  for (let i = 0; i < steps; i++) optimizer.minimize(() => loss(variables), false, variables);
};

const expectEqual = (ours: tf.Tensor[], others: tf.Tensor[], atol = 1e-7): void =>
  ours.forEach((w, i) => expectAllClose(w, others[i]!, { rtol: 5e-6, atol }));

const net = (optimizer: tf.Optimizer, seed = 1): tf.Sequential => {
  const kernelInitializer = tf.initializers.glorotNormal({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, activation: 'tanh', inputShape: [3], kernelInitializer }),
      tf.layers.dense({ units: 1, kernelInitializer }),
    ],
  });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
};

eachBackend('adam', () => {
  test('makes the updates of tf.train.adam, step by step', () => {
    const [ours, others] = [start(), start()];
    const [optimizer, other] = [adam(OPTIONS), reference()];
    for (let step = 0; step < 30; step++) {
      train(optimizer, ours);
      train(other, others);
      expectEqual(ours, others);
    }
    optimizer.dispose();
    other.dispose();
    tf.dispose([ours, others]);
  });

  test('makes them with the kernels turned off and on again amid the training', () => {
    const [ours, others] = [start(), start()];
    const [optimizer, other] = [adam(OPTIONS), reference()];
    train(optimizer, ours, 2);
    withoutKernels(() => train(optimizer, ours, 2));
    train(optimizer, ours, 2);
    train(other, others, 6);
    expectEqual(ours, others);
    optimizer.dispose();
    other.dispose();
    tf.dispose([ours, others]);
  });

  test('moves a tiny gradient as tf.train.adam does: epsilon stands outside of the bias correction', () => {
    const [ours, others] = [start(), start()];
    const options = { ...OPTIONS, beta2: 0.999, epsilon: 1e-3 };
    const [optimizer, other] = [adam(options), reference(options)];
    train(optimizer, ours, 3);
    train(other, others, 3);
    // tf.train.adam takes 1 − 0.999 in float32, which has 5e-5 of it wrong; of three steps of 0.02 that is 3e-6.
    expectEqual(ours, others, 3e-6);
    optimizer.dispose();
    other.dispose();
    tf.dispose([ours, others]);
  });

  test('leaves alone a variable without a gradient', () => {
    const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3]))];
    const optimizer = adam();
    optimizer.applyGradients([
      { name: a.name, tensor: tf.tensor1d([1, 1]) },
      { name: b.name, tensor: null as unknown as tf.Tensor },
    ]);
    expectAllClose(a, [0.999, 1.999], { rtol: 1e-6 });
    expectAllClose(b, [3]);
    optimizer.dispose();
    tf.dispose([a, b]);
  });

  test('takes a gradient that is the variable itself, or one of its moments', async () => {
    const run = async (optimizer: tf.Optimizer): Promise<tf.TensorLike[]> => {
      const w = tf.tidy(() => tf.variable(tf.tensor1d([1, -2, 3])));
      const { name } = w;
      for (let i = 0; i < 2; i++) {
        optimizer.applyGradients([{ name, tensor: w }]);
        for (const { tensor } of (await optimizer.getWeights()).slice(1))
          optimizer.applyGradients([{ name, tensor }]);
      }
      const state = [w, ...(await optimizer.getWeights()).slice(1).map(({ tensor }) => tensor)];
      const values = state.map((t) => t.arraySync());
      optimizer.dispose();
      w.dispose();
      return values;
    };
    const [ours, others] = [await run(adam(OPTIONS)), await run(reference())];
    ours.forEach((values, i) => expectAllClose(tf.tensor(values), tf.tensor(others[i]!), { rtol: 1e-5 }));
  });

  test('keeps the weights when a step is asked of it after it was disposed of', () => {
    const variables = start();
    const optimizer = adam();
    train(optimizer, variables);
    const before = variables.map((w) => w.arraySync());
    optimizer.dispose();
    expect(() => train(optimizer, variables)).toThrow();
    expect(variables.map((w) => w.arraySync())).toEqual(before);
    tf.dispose(variables);
  });

  test('takes a learning rate that is changed while it trains', () => {
    const [ours, others] = [start(), start()];
    const [optimizer, other] = [adam(OPTIONS), reference()];
    for (const rate of [0.1, 0.001]) {
      for (const o of [optimizer, other]) (o as unknown as { learningRate: number }).learningRate = rate;
      train(optimizer, ours, 2);
      train(other, others, 2);
    }
    expectEqual(ours, others);
    optimizer.dispose();
    other.dispose();
    tf.dispose([ours, others]);
  });

  describe('changes nobody else', () => {
    test('no clone of a variable', () => {
      const variables = start();
      const clones = variables.map((w) => w.clone());
      const before = clones.map((w) => w.arraySync());
      const optimizer = adam(OPTIONS);
      train(optimizer, variables, 3);
      clones.forEach((w, i) => expect(w.arraySync()).toEqual(before[i]));
      variables.forEach((w, i) => expect(w.arraySync()).not.toEqual(before[i]));
      optimizer.dispose();
      tf.dispose([variables, clones]);
    });

    test('no clone of its own moments', async () => {
      const variables = start();
      const optimizer = adam(OPTIONS);
      train(optimizer, variables);
      const saved = (await optimizer.getWeights()).map(({ tensor }) => tensor.clone());
      const before = saved.map((t) => t.arraySync());
      train(optimizer, variables);
      saved.forEach((t, i) => expect(t.arraySync()).toEqual(before[i]));
    });

    test('no model that was given the weights of the trained one, nor one that gave its own', async () => {
      const [x, y] = [tf.tensor2d(scattered(8, 3)), tf.tensor2d(scattered(8, 1, 1))];
      const [model, taker, giver] = [net(adam(OPTIONS)), net(reference(), 2), net(reference(), 3)];
      model.setWeights(giver.getWeights());
      taker.setWeights(model.getWeights());
      const before = giver.getWeights().map((w) => w.arraySync());
      for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
      for (const other of [taker, giver])
        expect(other.getWeights().map((w) => w.arraySync())).toEqual(before);
      expect(model.getWeights().map((w) => w.arraySync())).not.toEqual(before);
      await taker.trainOnBatch(x, y);
      expect(giver.getWeights().map((w) => w.arraySync())).toEqual(before);
    });
  });

  test('trains a model as tf.train.adam does', async () => {
    const [x, y] = [tf.tensor2d(scattered(8, 3)), tf.tensor2d(scattered(8, 1, 1))];
    const [model, other] = [net(adam(OPTIONS)), net(reference())];
    other.setWeights(model.getWeights());
    await model.fit(x, y, { epochs: 5, batchSize: 4, shuffle: false, verbose: 0 });
    await other.fit(x, y, { epochs: 5, batchSize: 4, shuffle: false, verbose: 0 });
    model
      .getWeights()
      .forEach((w, i) => expectAllClose(w, other.getWeights()[i]!, { rtol: 1e-4, atol: 1e-5 }));
  });

  test.each([
    ['of its own', adam, adam],
    ['of tf.train.adam', reference, adam],
    ['by tf.train.adam', adam, reference],
  ])('goes on from a saved state: %s', async (_, from, to) => {
    const [ours, others] = [start(), start()];
    const saved = from(OPTIONS);
    train(saved, ours, 3);
    const restored = to(OPTIONS);
    const state = await saved.getWeights();
    expect(state.map(({ name }) => name).slice(0, 2)).toEqual(['iter', `${ours[0]!.name}/m`]);
    await restored.setWeights(state);
    train(restored, ours, 3);
    const other = reference();
    train(other, others, 6);
    expectEqual(ours, others);
  });

  test('is saved as Adam, with its options', () => {
    const optimizer = adam(OPTIONS);
    expect(optimizer.getClassName()).toBe('Adam');
    expect(optimizer.getConfig()).toEqual(OPTIONS);
    expect(optimizer).toBeInstanceOf(tf.Optimizer);
    optimizer.dispose();
  });

  test('comes back from a saved model as an optimizer that trains on', async () => {
    const [x, y] = [tf.tensor2d(scattered(8, 3)), tf.tensor2d(scattered(8, 1, 1))];
    const model = net(adam(OPTIONS));
    await model.trainOnBatch(x, y);
    let artifacts: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler((saved) => {
        artifacts = saved;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
      { includeOptimizer: true },
    );
    const loaded = (await tf.loadLayersModel(tf.io.fromMemory(artifacts!))) as tf.Sequential;
    await model.trainOnBatch(x, y);
    await loaded.trainOnBatch(x, y);
    model
      .getWeights()
      .forEach((w, i) => expectAllClose(w, loaded.getWeights()[i]!, { rtol: 1e-5, atol: 1e-6 }));
  });

  test('leaves nothing behind: its state is freed with it', () => {
    expectNoLeak(() => {
      const variables = start();
      const optimizer = adam();
      train(optimizer, variables, 3);
      optimizer.dispose();
      tf.dispose(variables);
    });
  });

  test('holds no more after many steps than after the first', async () => {
    const variables = start();
    const clone = variables[3]!.clone();
    const optimizer = adam();
    train(optimizer, variables);
    await expectNoLeakLater(async () => {
      train(optimizer, variables, 5);
      await Promise.resolve();
    });
    optimizer.dispose();
    tf.dispose([variables, clone]);
  });

  test('takes gradients as an object, by the names of their variables', () => {
    const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3]))];
    const optimizer = adam();
    const gradients = { [b.name]: tf.tensor1d([-1]), [a.name]: tf.tensor1d([1, 1]) };
    optimizer.applyGradients(gradients);
    expectAllClose(a, [0.999, 1.999], { rtol: 1e-6 });
    expectAllClose(b, [3.001], { rtol: 1e-6 });
    expect(optimizer.iterations).toBe(1);
    optimizer.dispose();
    tf.dispose([a, b, gradients]);
  });

  test('has the defaults of tf.train.adam and an epsilon of 1e-7, and takes betas of 0', () => {
    const expected = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
    expect(adam().getConfig()).toEqual(expected);
    expect(adam({}).getConfig()).toEqual(expected);
    expect(adam({ beta1: 0, beta2: 0 }).getConfig()).toEqual({ ...expected, beta1: 0, beta2: 0 });
  });
});
