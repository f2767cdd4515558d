import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src';
import { checkProbabilities, classIndices, numbersOf } from '../../src/metrics/probabilities';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const check = (p: unknown, axes: string[] = ['N', 'C']): void =>
  checkProbabilities('metric', 'p', p as tf.Tensor, axes);
const checking = (values: number[][]) => () => check(tf.tensor2d(values));

eachBackend('checkProbabilities', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test('lets rows pass whose sum is 1 to a thousandth, zeros and ones too', () => {
    expect(
      checking([
        [0, 1],
        [0.3, 0.7],
        [0.3, 0.7009],
        [0.3, 0.6991],
      ]),
    ).not.toThrow();
    expect(() => check(tf.softmax(tf.randomNormal([20, 1000], 0, 5, 'float32', 1)))).not.toThrow();
    expect(() => check(tf.fill([2, 3, 4], 0.25), ['S', 'N', 'C'])).not.toThrow();
  });

  test('names the row and its sum', () => {
    expect(
      checking([
        [0.5, 0.5],
        [0.25, 0.5],
      ]),
    ).toThrow(
      'metric: every row of p must sum to 1, got a sum of 0.75 in row 1; if they are logits, apply tf.softmax',
    );
    expect(checking([[0.5, 0.502]])).toThrow('in row 0');
    expect(checking([[0.5, 0.498]])).toThrow('in row 0');
  });

  test('names the row by all its indices where there are more axes', () => {
    const values = tf.buffer([3, 4, 2]);
    for (let i = 0; i < 24; i++) values.values[i] = 0.5;
    values.set(2.5, 1, 2, 0);
    expect(() => check(values.toTensor(), ['S', 'N', 'C'])).toThrow('a sum of 3 in row [1, 2]');
  });

  test('refuses negative numbers, NaN and Infinity', () => {
    expect(
      checking([
        [0.5, 0.5],
        [-0.5, 1.5],
      ]),
    ).toThrow('metric: p must not be negative, got -0.5 in row 1; if they are logits');
    expect(
      checking([
        [0.5, 0.5],
        [0.5, NaN],
      ]),
    ).toThrow('got a sum of NaN in row 1');
    expect(checking([[Infinity, 0.5]])).toThrow('got a sum of Infinity in row 0');
  });

  test('refuses what is no float32 tensor', () => {
    expect(() => check([[0.5, 0.5]])).toThrow(
      'metric: p must be a tensor [N, C], got [[0.5, 0.5]]; wrap it: tf.tensor(…)',
    );
    expect(() => check(tf.tensor2d([[1, 0]], [1, 2], 'int32'))).toThrow(
      'p must be of dtype float32, got int32',
    );
  });

  test('refuses another rank and no rows at all', () => {
    expect(() => check(tf.tensor1d([0.5, 0.5]))).toThrow(
      'p must have the shape [N, C] and hold numbers, got [2]',
    );
    expect(() => check(tf.zeros([0, 2]))).toThrow('got [0, 2]');
    expect(() => check(tf.scalar(1), ['...', 'C'])).toThrow(
      'p must have the shape [..., C] and hold numbers, got []',
    );
  });

  test('refuses a single column, as a sigmoid makes it', () => {
    const p = tf.tensor2d([[0.3], [0.9]]);
    expect(() => check(p)).toThrow(
      'must have a column for every class, got [2, 1]; a sigmoid p becomes tf.concat([tf.sub(1, p), p], -1)',
    );
    const two = tf.concat([tf.sub(1, p), p], -1);
    expectAllClose(two, [
      [0.7, 0.3],
      [0.1, 0.9],
    ]);
    expect(() => check(two)).not.toThrow();
  });

  test('leaves no tensor behind, whether it refuses or not', () => {
    const [good, bad] = [tf.fill([3, 2], 0.5), tf.ones([3, 2])];
    const before = tf.memory().numTensors;
    check(good);
    expect(() => check(bad)).toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });
});

eachBackend('classIndices', () => {
  const ofLabels = (labels: unknown): tf.Tensor =>
    classIndices('metric', labels as number[], tf.fill([3, 4], 0.25));

  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test('is an int32 tensor', () => {
    tf.tidy(() => {
      const y = ofLabels(tf.tensor1d([3, 0, 1]));
      expect(y.dtype).toBe('int32');
      expectAllClose(y, [3, 0, 1]);
    });
  });

  test.each([
    [[0, 4, 1], '4 in row 1'],
    [[0, 1, -1], '-1 in row 2'],
    [[0.5, 1, 1], '0.5 in row 0'],
    [[0, 1, Infinity], 'Infinity in row 2'],
  ])('refuses %p', (labels, got) => {
    expect(() => ofLabels(labels)).toThrow(`metric: labels must be whole numbers from 0 to 3, got ${got}`);
    tf.tidy(() => {
      expect(() => ofLabels(tf.tensor1d(labels))).toThrow(got);
    });
  });

  test('are read from indices and one-hot rows alike, of any dtype, as tensors and arrays', () => {
    const y = [1, 0, 3];
    const rows = [
      [0, 1, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 1],
    ];
    tf.tidy(() => {
      const column = tf.tensor2d(y, [3, 1], 'int32');
      const tensors = (['float32', 'int32', 'bool'] as const).map((dtype) =>
        tf.tensor2d(rows, [3, 4], dtype),
      );
      const typed = rows.map((row) => Float64Array.from(row));
      for (const each of [
        y,
        tf.tensor1d(y),
        column,
        column.toFloat(),
        [[1], [0], [3]],
        ...tensors,
        rows,
        typed,
      ])
        expectAllClose(ofLabels(each), y);
    });
  });

  test.each([
    [[[0.2, 0.8, 0, 0]], 'every row of labels must be one-hot, got [0.2, 0.8, 0, 0] in row 0; argMax(-1)'],
    [[[0, 0, 0, 0]], 'must be one-hot'],
    [[[0, 1, 1, 0]], 'must be one-hot'],
    [[[1, 0, NaN, 0]], 'labels must be numbers, got NaN in row 0'],
    [[[1, 0, 0]], 'labels must be class indices [N] or [N, 1], or one-hot rows [N, 4]'],
    [[[1, 0, 0, 0], [1]], 'or one-hot rows [N, 4]'],
    [new BigInt64Array(3), 'or one-hot rows [N, 4]'],
  ])('refuses the rows %p', (rows, message) => {
    expect(() => ofLabels(rows)).toThrow(message);
  });

  test('refuses more and fewer labels than rows', () => {
    expect(() => ofLabels([0, 1])).toThrow('there must be as many labels as rows of probabilities, 3, got 2');
    expect(() => ofLabels([0, 1, 2, 3])).toThrow('got 4');
  });
});

describe('numbersOf', () => {
  const of = (given: unknown): Float64Array => numbersOf('metric', 'scores', given as number[], 'mend it');

  test('keeps the digits of an array', () => {
    expect(Array.from(of([0.1, 1e-300]))).toEqual([0.1, 1e-300]);
    expect(Array.from(of(Float64Array.of(0.1)))).toEqual([0.1]);
  });

  test('is a copy', () => {
    const given = Float64Array.of(1, 2);
    of(given)[0] = 7;
    expect(given[0]).toBe(1);
  });

  test('reads tensors of every numeric dtype', () => {
    tf.tidy(() => {
      expect(Array.from(of(tf.tensor1d([1.5, 2])))).toEqual([1.5, 2]);
      expect(Array.from(of(tf.tensor1d([1, 2], 'int32')))).toEqual([1, 2]);
      expect(Array.from(of(tf.tensor1d([true, false], 'bool')))).toEqual([1, 0]);
    });
  });

  test.each([
    ['a number', 3, 'got 3; mend it'],
    ['nothing', undefined, 'got undefined; mend it'],
    ['nested arrays', [[1], [2]], 'got [[1], [2]]; mend it'],
    ['words', ['1', '2'], 'got ["1", "2"]; mend it'],
    ['bytes without a type', new DataView(new ArrayBuffer(8)), 'must be one number for each example'],
    ['an empty array', [], 'scores must hold numbers, got none'],
    ['NaN', [0, NaN], 'scores must be numbers, got NaN in row 1'],
  ])('refuses %s', (_, given, message) => {
    expect(() => of(given)).toThrow(message);
  });

  test('refuses a matrix, an empty tensor, a NaN in a tensor', () => {
    tf.tidy(() => {
      expect(() => of(tf.ones([2, 1]))).toThrow('got a float32 tensor of shape [2, 1]; mend it');
      expect(() => of(tf.tensor1d([]))).toThrow('scores must hold numbers, got none');
      expect(() => of(tf.tensor1d([NaN]))).toThrow('got NaN in row 0');
    });
  });
});

eachBackend('a tensor that was disposed of', () => {
  const { auroc, crpsEnsemble, crpsGaussian, intervalCoverage, nll, sharpness } = bnn;
  test.each<[string, (gone: tf.Tensor) => unknown]>([
    ['auroc', (gone) => auroc(gone, [0, 1])],
    ['auroc', (gone) => auroc([0.1, 0.2], gone)],
    ['nll', (gone) => nll(gone, [0, 1])],
    ['nll', (gone) => nll(tf.fill([2, 2], 0.5), gone)],
    ['crpsEnsemble', (gone) => crpsEnsemble(gone, tf.zeros([2]))],
    ['crpsEnsemble', (gone) => crpsEnsemble(tf.zeros([4, 2]), gone)],
    ['crpsGaussian', (gone) => crpsGaussian(gone, 1, tf.zeros([2]))],
    ['crpsGaussian', (gone) => crpsGaussian(tf.zeros([2]), gone, tf.zeros([2]))],
    ['crpsGaussian', (gone) => crpsGaussian(tf.zeros([2]), 1, gone)],
    ['intervalCoverage', (gone) => intervalCoverage({ lower: tf.zeros([2]), upper: tf.ones([2]) }, gone)],
    ['sharpness', (gone) => sharpness({ lower: gone, upper: tf.ones([2]) })],
    ['logPredictiveDensity', (gone) => bnn.logPredictiveDensity(gone, tf.zeros([2]), bnn.poissonNLL())],
    ['reliabilityTable', (gone) => bnn.reliabilityTable(gone, [0, 1])],
    ['meanAndStddev', (gone) => bnn.meanAndStddev(gone)],
    ['withScaleColumns', (gone) => bnn.withScaleColumns(gone)],
    ['weightHistogram', (gone) => bnn.weightHistogram({ A_mean: gone, A_scale: gone })],
  ])('is refused by %s in its own words', (who, call) => {
    for (const dtype of ['float32', 'int32'] as const)
      tf.tidy(() => {
        const gone = tf.zeros([2, 2], dtype);
        gone.dispose();
        expect(() => call(gone)).toThrow(new RegExp(`^${who}: .*got a disposed ${dtype} tensor`));
      });
  });
});
