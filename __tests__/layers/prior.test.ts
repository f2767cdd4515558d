import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { plainPriorScale } from '../../src/layers/prior';
import { expectCleanThrow } from '../helpers/leaks';

describe('plainPriorScale', () => {
  test.each([
    [0.5, 0.5],
    [
      [1, 2],
      [1, 2],
    ],
    [
      [[1], [2]],
      [[1], [2]],
    ],
    [new Float32Array([0.5, 4]), [0.5, 4]],
    [[new Float64Array([0.5, 4]), [1, 2]], [[0.5, 4], [1, 2]]], // prettier-ignore
  ])('makes plain JSON of %j', (given, plain) => {
    expect(plainPriorScale('me', 'A_prior_scale', given)).toEqual(plain);
    expect(JSON.parse(JSON.stringify(plainPriorScale('me', 'A_prior_scale', given)))).toEqual(plain);
  });

  test('copies, so that a later change of the array changes no prior', () => {
    const rows = [[1, 2]];
    const plain = plainPriorScale('me', 'A_prior_scale', rows);
    rows[0]![0] = 7;
    expect(plain).toEqual([[1, 2]]);
  });

  test.each([
    ...[0, -1, NaN, Infinity, '1', null, {}, [], [[]], [1, 0], [1, [2]], [[1, 2], [3]], [[1, -2]], [[NaN]]], // prettier-ignore
  ])('refuses %j', (wrong) => {
    expect(() => plainPriorScale('me', 'A_prior_scale', wrong)).toThrow(
      /^me: A_prior_scale must be .*above 0.*, got /,
    );
  });

  test('refuses a tensor and says what to give', () => {
    const prior = tf.ones([2]);
    expectCleanThrow(() => plainPriorScale('me', 'A_prior_scale', prior), 'await tensor.array()');
    prior.dispose();
  });
});

describe('a prior of a HiddenLayer', () => {
  const matrix = (D: number, H: number): number[][] =>
    Array.from({ length: D }, () => Array<number>(H).fill(1));

  test.each([
    ['a number', 1],
    ['a row', [1, 1]],
    ['a row as a matrix', matrix(1, 2)],
    ['a column', matrix(3, 1)],
    ['a matrix', matrix(3, 2)],
    ['one number in brackets', [1]],
  ])('takes %s for the weights [3, 2]', (_, prior) => {
    expect(() => hiddenLayer({ units: 2, A_prior_scale: prior }).build([null, 3])).not.toThrow();
  });

  test.each([
    ['a column as a row', [1, 1, 1]],
    ['a transposed matrix', matrix(2, 3)],
    ['a row too many', matrix(4, 2)],
    ['three levels', [[[1]]] as never],
  ])('refuses %s for the weights [3, 2]', (_, prior) => {
    expectCleanThrow(
      () => hiddenLayer({ units: 2, A_prior_scale: prior }).build([null, 3]),
      /^HiddenLayer: A_prior_scale must broadcast to the shape of the weights \[3, 2\], got \[/,
    );
  });
});

test('setPrior of a HiddenLayer refuses what it does not know', () => {
  const layer = hiddenLayer({ units: 2, A_prior_scale: 3 });
  layer.build([null, 2]);
  const wrong = { A_prior_scales: 2 } as object;
  expectCleanThrow(() => {
    layer.setPrior(wrong);
  }, 'A_prior_scale');
});
