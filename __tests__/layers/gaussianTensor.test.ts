import * as tf from '@tensorflow/tfjs';
import { BayesianWeights } from '../../src/layers/bayesianWeights';
import { hiddenLayer, type HiddenLayer, type PosteriorLike } from '../../src/layers/hidden';
import { klOf } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';

const A_mean = [[0.5, -1], [0, 2], [1e-3, 3]]; // prettier-ignore
const A_scale = [[0.1, 1], [2, 1e-6], [0.5, 1e4]]; // prettier-ignore

const built = (A_prior_scale: number | number[] | number[][] = 1): HiddenLayer => {
  const layer = hiddenLayer({ units: 2, KL_factor: 3, klWeight: 5, A_prior_scale });
  layer.build([null, 3]);
  return layer;
};

eachBackend('the posterior of a layer', () => {
  test('is what was set, in natural units; from arrays and from tensors, which stay the caller’s', () => {
    const layer = built();
    expectNoLeak(() => {
      layer.setPosterior({ A_mean, A_scale });
      const first = layer.posterior();
      expectAllClose(first.A_mean, A_mean, { rtol: 0 });
      // exp(ln s): ln s is rounded to a unit of its own size, |ln 1e-6| < 14 of them.
      expectAllClose(first.A_scale, A_scale, { rtol: 14 * 2 ** -23, atol: 0 });
      const given = { A_mean: tf.mul(first.A_mean, 2), A_scale: tf.mul(first.A_scale, 2) };
      layer.setPosterior(given);
      const second = layer.posterior();
      expectAllClose(second.A_mean, given.A_mean, { rtol: 0 });
      expectAllClose(second.A_scale, given.A_scale, { rtol: 1e-5, atol: 0 });
      tf.dispose([first, given, second]);
    });
  });

  test('is a copy: what is taken out does not change with training', () => {
    const layer = built();
    layer.setPosterior({ A_mean, A_scale });
    const before = layer.posterior();
    layer.setPosterior({ A_mean: tf.zeros([3, 2]), A_scale: tf.ones([3, 2]) });
    expectAllClose(before.A_mean, A_mean, { rtol: 0 });
    tf.dispose(before);
    expectAllClose(layer.getWeights()[0]!, [[0, 0], [0, 0], [0, 0]]); // prettier-ignore
  });

  test.each([false, true])(
    'is there as means and variances too, also when it changes; weight_space_sampling %s',
    (weight_space_sampling) => {
      const layer = hiddenLayer({ units: 2, KL_factor: 1, weight_space_sampling });
      layer.build([null, 3]);
      for (const factor of [1, 0.5]) {
        const scales = A_scale.map((row) => row.map((s) => s * factor));
        layer.setPosterior({ A_mean, A_scale: scales });
        expectNoLeak(() => {
          for (const _ of ['made', 'kept'])
            tf.tidy(() => {
              const found = new BayesianWeights(layer.gaussians()).moments(weight_space_sampling ? 1 : 2);
              expectAllClose(found.mean[0]!, A_mean, { rtol: 0 });
              const variances = scales.map((row) => row.map((s) => s * s));
              expectAllClose(found.variance[0]!, variances, { rtol: 28 * 2 ** -23, atol: 0 });
            });
        });
      }
    },
  );

  test.each([
    [undefined, 'options must be an object with keys among A_mean, A_scale'],
    [{ A_mean }, 'A_scale must be given, got {A_mean}; take what should stay from posterior()'],
    [{ A_mean, A_scale, scale: 1 }, 'options must be among A_mean, A_scale, got scale'],
  ])('refuses %j, and changes nothing', (given, message) => {
    const layer = built();
    layer.setPosterior({ A_mean, A_scale });
    expect(() => layer.setPosterior(given as unknown as PosteriorLike)).toThrow(message);
    expectAllClose(layer.getWeights()[0]!, A_mean, { rtol: 0 });
  });

  test('takes whole numbers too', () => {
    const layer = built();
    const ones = tf.ones([3, 2], 'int32');
    layer.setPosterior({ A_mean: ones, A_scale: ones });
    expect(layer.getWeights().map(({ dtype }) => dtype)).toEqual(['float32', 'float32']);
    ones.dispose();
  });

  test.each([
    ['A_mean', [[1, 2]], A_scale, 'A_mean must have the shape [3, 2] of the weights, got [1, 2]'],
    ['A_scale', A_mean, [[1, 2]], 'A_scale must have the shape [3, 2] of the weights, got [1, 2].'],
    ['a transposed mean', [[1, 2, 3], [4, 5, 6]], A_scale, 'of the weights, got [2, 3]; transpose it?'], // prettier-ignore
    ['a transposed scale', A_mean, [[1, 2, 3], [4, 5, 6]], 'A_scale must have the shape [3, 2] of the weights, got [2, 3]; transpose it?'], // prettier-ignore
    ['a scale whose square float32 has not', A_mean, [[0.1, 1], [1, 1e-19], [1, 1]], 'from 1e-18 to 1e18, got a value of'], // prettier-ignore
    ['a scale beyond the largest', A_mean, [[0.1, 1], [1, 1e19], [1, 1]], 'from 1e-18 to 1e18, got a value of'], // prettier-ignore
    ['rows of two lengths', [[0, 1], [1], [1, 1]], A_scale, 'A_mean must have the shape [3, 2] of the weights, as a tensor or as rows of numbers, got [[0, 1], [1], [1, 1]]'], // prettier-ignore
    ['a scale of 0', A_mean, [[0.1, 1], [0, 1], [1, 1]], 'A_scale must be finite and above 0 everywhere, from 1e-18 to 1e18, got a value of 0'], // prettier-ignore
    ['a scale below 0', A_mean, [[0.1, 1], [-2, 1], [1, 1]], 'a value of -2'], // prettier-ignore
    ['a scale that is NaN', A_mean, [[0.1, 1], [NaN, 1], [1, 1]], 'a value of NaN'], // prettier-ignore
    ['an infinite scale', A_mean, [[0.1, 1], [Infinity, 1], [1, 1]], 'a value of Infinity'], // prettier-ignore
    ['a mean that is NaN', [[0, 1], [NaN, 1], [1, 1]], A_scale, 'A_mean must be finite'], // prettier-ignore
  ])('refuses %s, and stays as it is', (_, mean, scale, message) => {
    const layer = built();
    layer.setPosterior({ A_mean, A_scale });
    expectCleanThrow(() => layer.setPosterior({ A_mean: mean, A_scale: scale }), message);
    expectAllClose(layer.getWeights()[0]!, A_mean, { rtol: 0 });
  });

  test.each([
    ['a number', 0.3, () => 0.3],
    ['a row', [0.1, 20], (_: number, h: number) => [0.1, 20][h]!],
    ['a column', [[1], [2], [3]], (d: number) => d + 1],
    ['a matrix', [[1, 2], [3, 4], [5, 6]], (d: number, h: number) => 1 + 2 * d + h], // prettier-ignore
  ] as const)(
    'has a KL that is the sum over all weights, in nats, scaled by nothing: prior %s',
    (_, prior, p) => {
      const layer = built(prior as number);
      layer.setPosterior({ A_mean, A_scale });
      const expected = A_mean.flatMap((row, d) => row.map((m, h) => klOf(m, A_scale[d]![h]!, p(d, h))));
      expectNoLeak(() => {
        const kl = layer.kl();
        expect(kl.shape).toEqual([]);
        expectAllClose(kl, expected.reduce((a, b) => a + b), { rtol: 1e-5 }); // prettier-ignore
        kl.dispose();
      });
    },
  );
});

eachBackend('setPosterior', () => {
  const rows = (make: (row: number[]) => unknown): unknown => A_mean.map(make);

  test.each([
    ['rows of float64', rows((row) => new Float64Array(row))],
    ['rows of float32', rows((row) => new Float32Array(row))],
    ['rows of plain arrays', A_mean],
  ])('takes %s', (_, given) => {
    expectNoLeak(() => {
      const layer = built();
      layer.setPosterior({ A_mean: given as number[][], A_scale });
      expectAllClose(layer.getWeights()[0]!, A_mean, { rtol: 1e-6 });
      layer.weights.forEach((w) => w.dispose());
    });
  });

  test.each(['int32', 'bool'] as const)('casts a tensor of %s', (dtype) => {
    tf.tidy(() => {
      const layer = built();
      const ones = tf.ones([3, 2], dtype);
      layer.setPosterior({ A_mean: ones, A_scale: ones });
      expectAllClose(layer.getWeights()[0]!, tf.ones([3, 2]));
      expectAllClose(layer.posterior().A_scale, tf.ones([3, 2]));
    });
  });

  test.each<[string, () => unknown, string]>([
    ['texts', () => tf.tensor2d([['a', 'b']]), 'A_mean must hold real numbers, got a string tensor'],
    ['BigInts', () => rows(() => [1n, 2n]), 'rows of numbers, got [[1n, 2n]'],
    ['one flat array', () => new Float32Array(6), 'must have the shape [3, 2] of the weights, as'],
    ['an object', () => ({}), 'A_mean must be a tensor, got {}'],
    ['a symbolic tensor', () => tf.input({ shape: [2] }), 'got a symbolic tensor of shape [?, 2]'],
    ['nothing', () => null, 'A_mean must be given'],
    [
      'a disposed tensor',
      () => {
        const gone = tf.ones([3, 2]);
        gone.dispose();
        return gone;
      },
      'A_mean must not be disposed of, got a disposed float32 tensor of shape [3, 2]',
    ],
  ])('refuses %s', (_, make, message) => {
    tf.tidy(() => {
      const layer = built();
      layer.setPosterior({ A_mean, A_scale });
      expect(() => layer.setPosterior({ A_mean: make() as tf.Tensor, A_scale })).toThrow(message);
      expectAllClose(layer.getWeights()[0]!, A_mean, { rtol: 1e-6 });
    });
  });

  test.each(['posterior', 'kl', 'setPosterior', 'gaussians'] as const)(
    '%s of a disposed layer says that it is disposed of',
    (what) => {
      const layer = hiddenLayer({ units: 2, name: `gone${what}` });
      tf.dispose(layer.apply(tf.tidy(() => tf.ones([2, 3]))) as tf.Tensor);
      layer.dispose();
      expect(() => layer[what]({ A_mean, A_scale })).toThrow(
        'the layer must not be disposed of, got one that is disposed of',
      );
    },
  );
});

test.each(['posterior', 'kl', 'setPosterior', 'gaussians'] as const)(
  '%s of a layer without weights says what is missing',
  (what) => {
    const layer = hiddenLayer({ units: 2, name: 'new' });
    expectCleanThrow(
      () => layer[what]({ A_mean, A_scale }),
      'new: the layer must be built first, got no input yet; add it to a model, or call build',
    );
  },
);
