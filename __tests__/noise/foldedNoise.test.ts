import * as tf from '@tensorflow/tfjs';
import { foldedNoise } from '../../src/noise/foldedNoise';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance, zOfCorrelation, zOfMoments } from '../helpers/gaussianTests';
import { expectAllClose } from '../helpers/toBeAllClose';

/** [rows, draws, 3]: the noise of these rows and draws. */
const noise = (firstRow: number, rows: number, firstDraw: number, draws: number, visit = 0): tf.Tensor =>
  foldedNoise(9, visit, { firstRow, rows, firstDraw, draws }).perRow([3]).reshape([rows, draws, 3]);

eachBackend('folded noise', () => {
  test('of a row and a draw is the same in whichever block they are', () => {
    tf.tidy(() => {
      // 64 draws: with full sets of 32 the pieces are the same, wherever it is cut.
      const whole = noise(0, 70, 0, 64);
      for (const [firstRow, rows] of [
        [0, 1],
        [31, 2],
        [32, 32],
        [5, 60],
        [69, 1],
      ] as const)
        for (const [firstDraw, draws] of [
          [0, 32],
          [32, 32],
          [0, 64],
        ] as const)
          expectAllClose(
            noise(firstRow, rows, firstDraw, draws),
            whole.slice([firstRow, firstDraw], [rows, draws]),
            { rtol: 0, atol: 0 },
          );
    });
  });

  test('is standard normal, and another one in every row, draw and visit', () => {
    tf.tidy(() => {
      const first = noise(0, 64, 0, 64).dataSync() as Float32Array;
      const second = noise(0, 64, 0, 64, 1).dataSync() as Float32Array;
      expectChance([
        ...zOfMoments(first),
        ...zOfMoments(second),
        zOfCorrelation(first, second),
        ...[1, 3, 3 * 32, 3 * 64, 3 * 64 * 32].map((lag) => zOfCorrelation(first, first, lag)),
      ]);
      expect(new Set(first).size).toBeGreaterThan(0.999 * first.length);
    });
  });

  test('for all rows belongs to the draw alone: whatever the rows, the block and the visit', () => {
    tf.tidy(() => {
      const perDraw = (firstRow: number, firstDraw: number, draws: number, visit: number): tf.Tensor =>
        foldedNoise(9, visit, { firstRow, rows: 4, firstDraw, draws }).perDraw([2, 3]);
      const whole = perDraw(0, 0, 10, 0);
      expect(whole.shape).toEqual([10, 2, 3]);
      expectAllClose(perDraw(32, 4, 3, 1), whole.slice(4, 3), { rtol: 0, atol: 0 });
      expect(new Set(whole.dataSync()).size).toBe(60);
    });
  });
});
