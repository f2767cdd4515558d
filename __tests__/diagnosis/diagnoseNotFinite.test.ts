import * as tf from '@tensorflow/tfjs';
import { diagnose } from '../../src/diagnosis/diagnose';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { hidden, modelsOfEachTest, output, sequential } from '../helpers/models';
import { collectWarnings } from '../helpers/warnings';

collectWarnings();

eachBackend('diagnose finds first what is not finite:', () => {
  const { made } = modelsOfEachTest(0.3);
  const net = (loss?: (y: tf.Tensor, ŷ: tf.Tensor) => tf.Tensor): tf.Sequential => {
    const model = made(
      sequential(
        tf.layers.dense({ units: 3, inputShape: [3], name: 'plain_one' }),
        hidden({ name: 'middle_one' }),
        output({ units: 1, name: 'last_one' }),
      ),
    );
    model.compile({ optimizer: 'sgd', loss: loss ?? 'meanSquaredError' });
    return model;
  };
  const fill = (model: tf.LayersModel, name: string, i: number, value: number): void => {
    const weight = model.getLayer(name).weights[i]!;
    const filled = tf.fill(weight.shape as number[], value);
    weight.write(filled);
    filled.dispose();
  };

  test.each<[string, (model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor) => object, string[], string]>([
    ['a mean', (model) => (fill(model, 'middle_one', 0, NaN), {}), ['middle_one'], 'the A_mean of middle_one is'], // prettier-ignore
    ['a scale of 0', (model) => (fill(model, 'last_one', 1, -200), {}), ['last_one'], 'the A_scale of last_one is'], // prettier-ignore
    ['an infinite scale', (model) => (fill(model, 'last_one', 1, 200), {}), ['last_one'], 'the A_scale of last_one is'], // prettier-ignore
    ['a plain weight', (model) => (fill(model, 'plain_one', 1, Infinity), {}), ['plain_one'], 'the bias of plain_one is'], // prettier-ignore
    ['an input', (_, x, y) => ({ x: x.div(0), y }), ['plain_one_input'], 'the input of plain_one_input is'],
    ['a target', (_, x, y) => ({ x, y: y.mul(NaN) }), ['last_one'], 'the targets of last_one is'],
    ['an output', (_, x, y) => ({ x: x.mul(1e38), y }), ['plain_one'], 'the output of '],
  ])('%s', async (_, spoil, layers, words) => {
    const model = net();
    const [x, y] = [tf.fill([4, 3], 2), tf.ones([4, 1])];
    const options = spoil(model, x, y);
    await expectNoLeakLater(async () => {
      const diagnosis = await diagnose(model, options);
      const [first] = diagnosis.findings;
      expect(first!.fault).toBe('notFinite');
      if (words !== 'the output of ') expect(first!.layers).toEqual(layers);
      expect(first!.meaning).toContain(words);
      expect(String(diagnosis)).not.toContain('Nothing stands out');
    });
  });

  test('a loss that is the only thing', async () => {
    const model = net((_, ŷ) => tf.mul(NaN, ŷ));
    const options = { x: tf.ones([4, 3]), y: tf.ones([4, 1]) };
    const { findings } = await diagnose(model, options);
    expect([findings[0]!.fault, findings[0]!.layers]).toEqual(['notFinite', ['last_one']]);
    expect(findings[0]!.meaning).toContain('the loss is not finite');
  });

  test('a loss or an activation that throws in the middle leaves nothing behind', async () => {
    const options = { x: tf.ones([4, 3]), y: tf.ones([4, 1]) };
    const failing = (fatal: number): tf.Sequential => {
      let calls = 0;
      return net((y, ŷ) => {
        const loss = tf.losses.meanSquaredError(y, ŷ);
        if (++calls === fatal) throw new Error('mine');
        return loss;
      });
    };
    const model = failing(1);
    await expectCleanRejection(() => diagnose(model, options), 'mine');
    // What TensorFlow.js saves for a gradient that an error breaks off stays; nothing beside it does.
    const alone = failing(1);
    const inner = (alone as unknown as { model: tf.LayersModel }).model;
    const left = async (f: () => unknown): Promise<number> => {
      const before = tf.memory().numTensors;
      await expect(new Promise((resolve) => resolve(f()))).rejects.toThrow('mine');
      return tf.memory().numTensors - before;
    };
    const loss = (): tf.Scalar => {
      const output = inner.apply(options.x, {}) as tf.Tensor;
      return tf.mean((inner.lossFunctions[0] as (y: tf.Tensor, ŷ: tf.Tensor) => tf.Tensor)(options.y, output)); // prettier-ignore
    };
    const variables = alone.layers.slice(1).flatMap((layer) => layer.weights.map((w) => w.read() as tf.Variable)); // prettier-ignore
    const plain = await left(() => tf.tidy(() => tf.variableGrads(loss, variables).value));
    for (const fatal of [2, 3]) {
      const broken = failing(fatal);
      expect(await left(() => diagnose(broken, { ...options, draws: 3 }))).toBeLessThanOrEqual(plain);
    }
  });

  test('arrays that are changed while it runs change nothing', async () => {
    const model = net();
    const [x, y] = [[tf.ones([4, 3])], [tf.ones([4, 1])]];
    const running = diagnose(model, { x, y });
    x[0] = tf.ones([4, 7]);
    y.pop();
    expect((await running).findings.map(({ fault }) => fault)).not.toContain('notFinite');
  });
});
