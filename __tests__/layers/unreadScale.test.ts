import * as tf from '@tensorflow/tfjs';
import { diagnose, gaussianNLL, layers, learnedNoise, predictedNoise, trainingRecipe } from '../../src';
import { startBackend } from '../helpers/eachBackend';
import { expectNoLeakLater } from '../helpers/leaks';
import { artifactsOf, throughFile } from '../helpers/savedModels';
import { collectWarnings } from '../helpers/warnings';

const warnings = collectWarnings();

const [learned, predicted] = [
  () => [layers.dense({ units: 1, inputShape: [1], datasetSize: 4 }), learnedNoise({ name: 'noise' })],
  () => [layers.dense({ units: 2, inputShape: [1], datasetSize: 4 }), predictedNoise({ name: 'noise' })],
];
const net = (ending: () => tf.layers.Layer[], loss: unknown): tf.Sequential => {
  const model = tf.sequential({ layers: ending() });
  model.compile({ optimizer: tf.train.adam(0.01), loss: loss as string });
  return model;
};
const nested = (ending: () => tf.layers.Layer[], loss: unknown): tf.LayersModel => {
  const input = tf.input({ shape: [1] });
  const body = tf.sequential({ layers: ending() });
  const other = tf.layers.dense({ units: 1, name: 'other' });
  const outputs = [other.apply(input), body.apply(input)] as tf.SymbolicTensor[];
  const model = tf.model({ inputs: input, outputs });
  model.compile({ optimizer: tf.train.adam(0.01), loss: [gaussianNLL({ stddev: 1 }), loss] as never });
  return model;
};

let x: tf.Tensor, y: tf.Tensor;
beforeAll(async () => {
  await startBackend('cpu');
  [x, y] = [tf.tensor2d([0, 1, 2, 3], [4, 1]), tf.tensor2d([1, 3, 5, 7], [4, 1])];
});

const message = (name: string): string =>
  `${name} does not read the noise from the output, it pulls the raw scales to the targets too. ` +
  "Compile with a loss that does, e.g. gaussianNLL({stddev: 'output'}).";

describe('fit says that a loss does not read the noise', () => {
  test.each([
    ['learned', learned, 'meanSquaredError', 'meanSquaredError'],
    ['predicted', predicted, 'meanAbsoluteError', 'meanAbsoluteError'],
    ['predicted', predicted, tf.metrics.meanSquaredError, 'meanSquaredError'],
  ])('%s, %#', async (_, ending, loss, name) => {
    const model = net(ending, loss);
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    // Once for each layer.
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    expect(await warnings()).toEqual([`tfjs-bnn: noise: ${message(name)}`]);
    model.dispose();
  });

  test('of a nested model and one of several outputs, from a recipe, and where it is loaded', async () => {
    const two = nested(learned, 'meanSquaredError');
    await two.fit(x, [y, y], { epochs: 1, verbose: 0 });
    const model = net(predicted, 'meanSquaredError');
    const recipe = trainingRecipe(model, { epochs: 1, datasetSize: 4, quiet: true });
    await model.fit(x, y, { epochs: 1, verbose: 0, callbacks: recipe });
    const loaded = await tf.loadLayersModel(throughFile(await artifactsOf(model)));
    loaded.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await loaded.fitDataset(tf.data.array([{ xs: x, ys: y }]), { epochs: 1, verbose: 0 });
    expect(await warnings()).toEqual(Array(3).fill(`tfjs-bnn: noise: ${message('meanSquaredError')}`));
    [two, model, loaded].forEach((each) => each.dispose());
  });

  test('and nothing of one that does, one of somebody’s own, or a net without raw scales', async () => {
    const own = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor =>
      tf.mul(2, gaussianNLL({ stddev: 'output' })(yTrue, yPred));
    const plain = (): tf.layers.Layer[] => [layers.dense({ units: 1, inputShape: [1], datasetSize: 4 })];
    const models = [
      net(learned, gaussianNLL({ stddev: 'output' })),
      net(predicted, own),
      net(plain, 'meanSquaredError'),
    ];
    for (const model of models) {
      await model.fit(x, y, { epochs: 1, verbose: 0 });
      expect((await diagnose(model)).findings.map(({ fault }) => fault)).not.toContain('unreadScale');
      model.dispose();
    }
    expect(await warnings()).toEqual([]);
  });

  test('and leaves nothing behind', async () => {
    const model = net(learned, 'meanSquaredError');
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    await expectNoLeakLater(async () => {
      await model.fit(x, y, { epochs: 1, verbose: 0 });
    });
    model.dispose();
  });
});

test('diagnose says it before whatever comes of it', async () => {
  const model = net(learned, 'meanSquaredError');
  for (const diagnosis of [await diagnose(model), await diagnose(model, { x, y, draws: 2 })]) {
    expect(diagnosis.findings[0]).toMatchObject({ fault: 'unreadScale', layers: ['noise'] });
    expect(String(diagnosis)).toContain(`noise: the loss ${message('meanSquaredError')}`);
  }
  model.dispose();
});
