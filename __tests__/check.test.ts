import * as tf from '@tensorflow/tfjs';
import * as check from '../src/check';
import { eachBackend } from './helpers/eachBackend';
import { expectCleanThrow } from './helpers/leaks';

describe('shown', () => {
  test.each([
    ['a', '"a"'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [10n, '10n'],
    [[1, [2, 'x'], null], '[1, [2, "x"], null]'],
    [[], '[]'],
    [[1, 2, 3, 4, 5, 6, 7, 8], '[1, 2, 3, 4, 5, 6, … 8 in all]'],
    [{ stddev: 1, b: 2 }, '{stddev, b}'],
    [Math.sqrt, 'the function sqrt'],
    [
      (
        () => () =>
          0
      )(),
      'the function (anonymous)',
    ],
    [new Float32Array(1000), 'a Float32Array of 4000 bytes'],
  ])('%p briefly', (value, expected) => {
    expect(check.shown(value)).toBe(expected);
  });

  test('a shape, with ? for an axis whose length is not known', () => {
    expect(check.shownShape([null, 3])).toBe('[?, 3]');
    expect(check.shownShape([])).toBe('[]');
  });
});

test('refuse says who, the rule, what it got, and the remedy where there is one', () => {
  expect(() => check.refuse('Who', 'a must be b', 'c')).toThrow(new Error('Who: a must be b, got c.'));
  expect(() => check.refuse('Who', 'a must be b', 'c', 'try d')).toThrow(
    new Error('Who: a must be b, got c; try d'),
  );
});

const strange = [undefined, null, '1', true, [1], {}, NaN, Infinity, -Infinity];
test.each([
  [
    'checkPositiveInteger',
    [1, 2, 2 ** 53 - 1],
    [...strange, 0, -1, 1.5, 2 ** 53],
    'must be a whole number of at least 1',
  ],
  ['checkPositive', [1e-300, 1, 1e300], [...strange, 0, -0, -1], 'must be a finite number above 0'],
  [
    'checkNotNegative',
    [0, -0, 1e-300, 1e300],
    [...strange, -1e-300],
    'must be a finite number of at least 0',
  ],
  ['checkBoolean', [true, false], [undefined, null, 0, 1, 'true', []], 'must be true or false'],
] as const)('%s', (name, good, bad, rule) => {
  for (const value of good)
    expect(() => {
      check[name]('Who', 'it', value);
    }).not.toThrow();
  for (const value of bad)
    expect(() => check[name]('Who', 'it', value)).toThrow(`Who: it ${rule}, got ${check.shown(value)}`);
});

test('checkSeed takes every whole number that a double holds, 0 and negative ones included', () => {
  for (const seed of [0, -1, 1, 2 ** 53 - 1, -(2 ** 53) + 1])
    expect(() => {
      check.checkSeed('Who', seed);
    }).not.toThrow();
  for (const seed of [...strange, 0.5, 2 ** 53])
    expect(() => check.checkSeed('Who', seed)).toThrow('Who: seed must be a whole number, got');
});

test.each([
  undefined,
  {},
  { layers: [] },
  { layers: [null], outputs: [] },
  { layers: [], outputs: [null] },
  { layers: [], outputs: [1] },
])('checkModel refuses %j', (value) => {
  expect(() => check.checkModel('Who', value)).toThrow('Who: model must be a tf.LayersModel, got ');
});

test('checkKeys takes an object with known keys, and nothing else', () => {
  expect(() => {
    check.checkKeys('Who', {}, ['a']);
  }).not.toThrow();
  expect(() => {
    check.checkKeys('Who', { a: undefined, b: 1 }, ['a', 'b']);
  }).not.toThrow();
  expect(() => check.checkKeys('Who', { A: 1, a: 1, c: 2 }, ['a', 'b'])).toThrow(
    'Who: options must be among a, b, got A, c; did you mean a?',
  );
  for (const options of [undefined, null, 1, 'a', ['a']])
    expect(() => check.checkKeys('Who', options, ['a'])).toThrow(
      'Who: options must be an object with keys among a',
    );
});

test('sameShape compares length by length', () => {
  expect(check.sameShape([2, null], [2, null])).toBe(true);
  expect(check.sameShape([], [])).toBe(true);
  expect(check.sameShape([2, 3], [3, 2])).toBe(false);
  expect(check.sameShape([2], [2, 1])).toBe(false);
  expect(check.sameShape([2, 1], [2])).toBe(false);
});

eachBackend('checks of tensors', () => {
  test('checkModel takes a model that is alive', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    expect(() => {
      check.checkModel('Who', model);
    }).not.toThrow();
    model.dispose();
    expect(() => check.checkModel('Who', model)).toThrow(
      'Who: the weights of the model must not be disposed of',
    );
  });

  test('shown tells the dtype and the shape', () => {
    tf.tidy(() => {
      expect(check.shown(tf.zeros([2, 3]))).toBe('a float32 tensor of shape [2, 3]');
      expect(check.shown([tf.scalar(1, 'bool')])).toBe('[a bool tensor of shape []]');
    });
  });

  test('isTensor knows tensors and variables, and nothing else', () => {
    tf.tidy(() => {
      const variable = tf.variable(tf.scalar(1));
      for (const tensor of [tf.scalar(1), tf.zeros([2, 2], 'bool'), variable])
        expect(check.isTensor(tensor)).toBe(true);
      variable.dispose();
    });
    for (const value of [
      null,
      undefined,
      1,
      [1],
      {},
      { shape: [1], dtype: 'float32' },
      tf.input({ shape: [1] }),
    ])
      expect(check.isTensor(value)).toBe(false);
  });

  test('checkFloat32 says how to cast', () => {
    tf.tidy(() => {
      expect(() => {
        check.checkFloat32('Who', 'X', tf.ones([1]));
      }).not.toThrow();
      expect(() => check.checkFloat32('Who', 'X', tf.ones([1], 'bool'))).toThrow(
        'Who: X must be of dtype float32, got bool; cast it: X.toFloat()',
      );
    });
  });

  test.each([0, -1, NaN, Infinity, -Infinity])('checkAllPositive finds %d among numbers above 0', (bad) => {
    tf.tidy(() => {
      const good = tf.tensor2d([
        [1e-30, 1],
        [1e30, 2],
      ]);
      expect(() => {
        check.checkAllPositive('Who', 'X', good);
      }).not.toThrow();
      const spoilt = tf.tensor2d([
        [1, 1],
        [1, bad],
      ]);
      expectCleanThrow(
        () => check.checkAllPositive('Who', 'X', spoilt),
        `Who: X must be finite and above 0 everywhere, got a value of ${bad}.`,
      );
    });
  });
});

test('on a GPU, where reading stalls, no value is looked at', () => {
  const name = jest.replaceProperty(tf.engine(), 'backendName', 'webgl');
  const tensor = { dataSync: jest.fn() };
  check.checkAllPositive('Who', 'X', tensor as unknown as tf.Tensor);
  expect(tensor.dataSync).not.toHaveBeenCalled();
  name.restore();
});
