import * as tf from '@tensorflow/tfjs';
import { compileMetric } from '../../src/metrics/compileMetric';
import { categoricalNLL } from '../../src/likelihoods/categorical';
import { brierScore, nll } from '../../src/metrics/classScores';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const x = [0, 1, 2, -1, 3];
const labels = [0, 1, 1, 0, 2];

eachBackend('compileMetric', () => {
  test('reports the mean over all examples under the name of the metric, in evaluate and fit', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [1], activation: 'softmax' })],
    });
    const metrics = [compileMetric(nll), compileMetric(brierScore)];
    model.compile({ optimizer: tf.train.sgd(0), loss: categoricalNLL(), metrics });
    const xs = tf.tensor2d(x, [5, 1]);
    const ys = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), 3).toFloat());
    const options = { batchSize: 2, epochs: 1, verbose: 0 };
    const [loss, ...scores] = model.evaluate(xs, ys, options) as tf.Scalar[];
    tf.tidy(() => {
      const p = model.predict(xs) as tf.Tensor;
      expectAllClose(scores[0]!, nll(p, labels).mean());
      expectAllClose(scores[1]!, brierScore(p, labels).mean());
      expectAllClose(loss!, scores[0]!);
    });
    await model.fit(xs, ys, options);
    const before = tf.memory().numTensors;
    const { history } = await model.fit(xs, ys, options);
    expect(tf.memory().numTensors).toBe(before);
    expectAllClose(history.brierScore as number[], [scores[1]!.dataSync()[0]!]);
    model.dispose();
    tf.dispose([xs, ys, loss!, ...scores]);
  });

  test('takes class indices too, [N] and [N, 1]', () => {
    tf.tidy(() => {
      const p = tf.tensor2d([
        [0.25, 0.75],
        [0.5, 0.5],
      ]);
      for (const y of [tf.tensor1d([1, 0], 'int32'), tf.tensor2d([[1], [0]])])
        expectAllClose(compileMetric(nll)(y, p), nll(p, [1, 0]));
    });
  });

  test('refuses a class, and tensors that were disposed of', () => {
    class Metric extends tf.layers.Layer {}
    expect(() => compileMetric(Metric as unknown as typeof nll)).toThrow(
      'compileMetric: metric must be a function, got the function Metric; a class cannot be called',
    );
    const gone = tf.zeros([2]);
    gone.dispose();
    expect(() => compileMetric(nll)(gone, gone)).toThrow('got a disposed float32 tensor of shape [2]');
  });

  test('refuses what has no name, and says who refuses the values', () => {
    expect(() => compileMetric('nll' as never)).toThrow(
      'compileMetric: metric must be a function with a name',
    );
    expect(() =>
      compileMetric(
        (
          () => (p: tf.Tensor) =>
            p
        )() as never,
      ),
    ).toThrow('got the function (anonymous)');
    tf.tidy(() => {
      expect(() => compileMetric(brierScore)(tf.tensor1d([1]), tf.tensor2d([[3, 4]]))).toThrow(
        'brierScore: every row of probabilities must sum to 1',
      );
    });
  });
});
