import * as tf from '@tensorflow/tfjs';
import * as check from '../../src/check';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { meanAndStddev, rawScaleOf, withScaleColumns } from '../../src/likelihoods/scale';
import { checkLikelihood, expectFinite } from '../helpers/checkLikelihood';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const stddevOf = (raw: number): number => 1e-6 + Math.log1p(Math.exp(raw));

/** Two outputs for each example: two means, then two raw scales. */
checkLikelihood("gaussianNLL({stddev: 'output'})", {
  loss: gaussianNLL({ stddev: 'output' }),
  closedForm: (y, outputs) =>
    y.reduce((sum, v, k) => {
      const σ = stddevOf(outputs[2 + k]!);
      return sum + 0.5 * ((v - outputs[k]!) / σ) ** 2 + Math.log(σ) + 0.5 * Math.log(2 * Math.PI);
    }, 0),
  y: [
    [1, 2],
    [-0.5, 0],
    [3, -3],
  ],
  outputs: [
    [0.9, 2.5, -1, 0.3],
    [-0.5, 0.1, 2, 0],
    [-3, 4, 5, 1],
  ],
  targets: withScaleColumns,
  tolerance: { rtol: 1e-5, atol: 1e-5 },
});

eachBackend('meanAndStddev', () => {
  test('splits the last axis, whatever the rank', () => {
    tf.tidy(() => {
      const { mean, stddev } = meanAndStddev(tf.tensor3d([[[1, 2, 0, -3]]]));
      expectAllClose(mean, [[[1, 2]]]);
      expectAllClose(stddev, [[[Math.LN2, stddevOf(-3)]]]);
    });
  });

  test('is above 0 and finite for every raw scale', () => {
    tf.tidy(() => {
      const raw = [-1e30, -200, -20, 0, 20, 1e30];
      const { stddev } = meanAndStddev(tf.tensor1d([0, 0, 0, 0, 0, 0, ...raw]));
      // On a GPU ln(1 + e^−20) is 0: the least stddev is what remains.
      expectAllClose(stddev, [1e-6, 1e-6, stddevOf(-20), stddevOf(0), 20, 1e30], { atol: 3e-9 });
    });
  });

  test('rawScaleOf undoes it', () => {
    for (const stddev of [2e-6, 1e-3, 0.3, 1, 50, 1e5])
      expect(Math.abs((1e-6 + softplus(rawScaleOf(stddev))) / stddev - 1)).toBeLessThan(1e-9);
  });

  test('refuses an odd number of columns', () => {
    tf.tidy(() =>
      expect(() => meanAndStddev(tf.ones([2, 3]))).toThrow(
        'meanAndStddev: output must be a tensor of K means and K raw scales [..., 2K], got a float32 tensor of shape [2, 3]',
      ),
    );
  });
});

describe('what holds no means and raw scales is refused', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('by meanAndStddev', () => {
    tf.tidy(() => {
      const gone = tf.ones([2, 2]);
      gone.dispose();
      for (const none of [undefined, gone, tf.scalar(2), tf.ones([0, 2]), tf.ones([2, 1])])
        expect(() => meanAndStddev(none!)).toThrow(
          'meanAndStddev: output must be a tensor of K means and K raw scales [..., 2K], got',
        );
    });
  });

  test('by withScaleColumns', () => {
    const gone = tf.ones([2, 2]);
    gone.dispose();
    for (const none of [undefined, gone])
      expect(() => withScaleColumns(none!)).toThrow('withScaleColumns: y must be a tensor of targets');
  });
});

/** ln(1 + e^r) in double precision, without overflow. */
const softplus = (r: number): number => Math.max(r, 0) + Math.log1p(Math.exp(-Math.abs(r)));

eachBackend("gaussianNLL({stddev: 'output'})", () => {
  afterEach(() => jest.restoreAllMocks());

  const loss = gaussianNLL({ stddev: 'output' });

  test('stays finite, with its gradient, where a raw scale runs away', () => {
    const raw = [-1e4, -100, -15, 0, 100, 1e4];
    expectFinite(loss, tf.tensor2d(raw.map(() => [1])), tf.tensor2d(raw.map((r) => [-500, r])));
  });

  test('takes targets of the means, or widened; a number in the added columns is refused where values are read', () => {
    tf.tidy(() => {
      const y = tf.tensor2d([[1], [2]]);
      const wide = withScaleColumns(y.toInt());
      expect(wide.dtype).toBe('float32');
      expectAllClose(wide.slice([0, 0], [2, 1]), y);
      const output = tf.tensor2d([
        [0, 0],
        [3, 1],
      ]);
      expectAllClose(loss(wide, output), loss(y, output));
      if (!['webgl', 'webgpu'].includes(tf.getBackend()))
        expect(() => loss(tf.ones([2, 2]), output)).toThrow(
          'got numbers in all 2 columns; end the net in predictedNoise(), or widen the targets: withScaleColumns(y)',
        );
    });
  });

  test('looks at every added column of every row, and not on a GPU', () => {
    tf.tidy(() => {
      const output = tf.zeros([2, 4]);
      const wide = (at: number, value: number): tf.Tensor => {
        const y = [1, 2, NaN, NaN, 3, 4, NaN, NaN];
        y[at] = value;
        return tf.tensor2d(y, [2, 4]);
      };
      expect(() => loss(wide(0, 5), output)).not.toThrow();
      for (const at of [2, 3, 6, 7])
        expect(() => loss(wide(at, 0), output)).toThrow('got numbers in all 4 columns');
      for (const at of [0, 1]) expect(() => loss(wide(at, NaN), output)).toThrow('got NaN in row 0');
      for (const at of [4, 5])
        expect(() => loss(wide(at, Infinity), output)).toThrow('got Infinity in row 1');
      jest.spyOn(check, 'isOnGPU').mockReturnValue(true);
      const [y, known] = [wide(2, 0), loss(wide(0, 1), output)];
      const read = jest.spyOn(y, 'dataSync');
      expectAllClose(loss(y, output), known);
      expect(read).not.toHaveBeenCalled();
    });
  });

  test('takes sequences, widened or not', () => {
    tf.tidy(() => {
      const y = tf.tensor3d([1, 2, 3, 4, 5, 6], [2, 3, 1]);
      const wide = withScaleColumns(y);
      expect(wide.shape).toEqual([2, 3, 2]);
      const output = tf.zeros([2, 3, 2]);
      expectAllClose(loss(wide, output), loss(y, output));
      // σ = 1e-6 + ln 2 at each of three positions.
      const σ = stddevOf(0);
      const ofSquares = (sum: number): number =>
        0.5 * (sum / σ ** 2) + 3 * Math.log(σ * Math.sqrt(2 * Math.PI));
      expectAllClose(loss(y, output), [ofSquares(1 + 4 + 9), ofSquares(16 + 25 + 36)], { rtol: 1e-5 });
    });
  });

  test('refuses targets of another shape, and outputs without scales', () => {
    tf.tidy(() => {
      expect(() => loss(tf.ones([2, 2, 3]), tf.ones([2, 2, 3]))).toThrow(
        'must have half the last axis of yPred [2, 2, 3]',
      );
      expect(() => loss(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow(
        'must have half the last axis of yPred [2, 3]',
      );
      expect(() => loss(tf.ones([2, 1]), tf.ones([2, 4]))).toThrow(
        'gaussianNLL: yTrue must have half the last axis of yPred [2, 4], which holds means and raw scales, got [2, 1]',
      );
      expect(() => loss(tf.ones([2, 1]), tf.ones([2, 1]))).toThrow('must have half the last axis');
      expect(() => loss(tf.ones([2]), tf.ones([2, 2]))).toThrow('must have half the last axis');
      expect(() => withScaleColumns(tf.ones([2]))).toThrow(
        'withScaleColumns: y must be a tensor of targets [B, ..., K], got a float32 tensor of shape [2]',
      );
    });
  });

  test('finds mean and stddev of samples that do not change with x', async () => {
    // 500 samples: the estimates of μ and σ are off by about σ/√500 and σ/√1000.
    const [N, μ, σ] = [500, 1.5, 0.4];
    const y = tf.tidy(() => tf.add(μ, tf.mul(σ, tf.randomNormal([N, 1], 0, 1, 'float32', 7))));
    const x = tf.zeros([N, 1]);
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [1] })] });
    model.compile({ optimizer: tf.train.adam(0.1), loss });
    const wide = withScaleColumns(y);
    const options = { batchSize: N, epochs: 120, verbose: 0 };
    await model.fit(x, wide, options);
    tf.tidy(() => {
      const { mean, stddev } = meanAndStddev(model.predict(tf.zeros([1, 1])) as tf.Tensor);
      const moments = tf.moments(y);
      expectAllClose(mean.flatten(), [moments.mean.dataSync()[0]!], { rtol: 1e-2 });
      expectAllClose(stddev.flatten(), [Math.sqrt(moments.variance.dataSync()[0]!)], { rtol: 1e-2 });
    });
    model.dispose();
    tf.dispose([x, y, wide]);
  });
});
