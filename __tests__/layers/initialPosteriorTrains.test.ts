/** The default initial values train without tuning: a few of the runs of `benchmarks/initialValues.ts`. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => tf.setBackend('cpu'));
collectWarnings();

const N = 60;
const xs = Array.from({ length: N }, (_, i) => 2 * ((i * 0.618034) % 1) - 1);
const ys = xs.map((x, i) => Math.sin(3 * x) + 0.17 * (2 * ((i * i * 0.41421356) % 1) - 1));

test.each([
  [1, 10, 1e-2],
  [1, 50, 1e-3],
  [3, 10, 1e-2],
])(
  '%d hidden layers of %d units with Adam at %d: the loss falls, and the predictive beats a constant',
  async (depth, units, rate) => {
    const layers = Array.from({ length: depth }, (_, i) =>
      hiddenLayer({
        ...{ units, datasetSize: N, seed: i, include_input_bias: i === 0 },
        ...(i === 0 && { inputShape: [1] }),
      }),
    );
    const last = {
      units: 1,
      datasetSize: N,
      seed: 9,
      include_hidden_bias: false,
      non_linearity: 'linear',
    } as const;
    const model = tf.sequential({ layers: [...layers, hiddenLayer(last)] });
    model.compile({ optimizer: tf.train.adam(rate, 0.9, 0.999, 1e-7), loss: gaussianNLL({ stddev: 0.1 }) });
    const [x, y] = [tf.tensor2d(xs, [N, 1]), tf.tensor2d(ys, [N, 1])];
    const { history } = await model.fit(x, y, {
      epochs: 50,
      batchSize: 20,
      shuffle: false,
      verbose: 0,
      yieldEvery: 'never',
    });
    const losses = history.loss as number[];
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
    const [error, spread] = tf.tidy(() => {
      const draws = Array.from({ length: 20 }, () => model.apply(x, {}) as tf.Tensor);
      const squares = (prediction: tf.Tensor): number =>
        tf.mean(tf.square(tf.sub(y, prediction))).dataSync()[0]!;
      return [squares(tf.mean(tf.stack(draws), 0)), squares(tf.mean(y))];
    }) as unknown as [number, number];
    expect(error).toBeLessThan(0.7 * spread);
  },
);
