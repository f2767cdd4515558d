/** The draws that were kept, as a tensor, and target by target. */
import * as tf from '@tensorflow/tfjs';
import { familyOf } from '../families/familyOf';
import { stddevOf } from '../families/noise';
import type { Likelihood } from '../likelihoods/likelihood';
import { MIN_STDDEV, rawScaleOf } from '../likelihoods/scale';
import type { Output } from './tally';

/** [S, N, ...outputs], a fresh tensor. */
export function drawsTensor(output: Output): tf.Tensor {
  const { S, N, width } = sizesOf(output);
  const all = new Float32Array(S * N * width);
  eachRow(output, (row, draw, numbers, at) => {
    all.set(numbers.subarray(at, at + width), (draw * N + row) * width);
  });
  const { scale } = output.calibration ?? {};
  if (scale !== undefined) stretch(all, output, scale);
  return tf.tensor(all, [S, N, ...output.shape]);
}

/** In place: means away from their mean over the draws, and stddevs, where the output holds them as raw scales. */
function stretch(all: Float32Array, output: Output, scale: number): void {
  const { S, N, width } = sizesOf(output);
  const { C, K } = columnsOf(output, output.likelihood!);
  for (let i = 0; i < N * width; i++)
    if ((i % width) % C < K) {
      let sum = 0;
      for (let s = 0; s < S; s++) sum += all[s * N * width + i]!;
      const m = sum / S;
      for (let s = 0; s < S; s++) {
        const at = s * N * width + i;
        all[at] = m + scale * (all[at]! - m);
      }
    } else
      for (let s = 0; s < S; s++) {
        const at = s * N * width + i;
        all[at] = rawScaleOf(Math.max(scale * stddevOf(all[at]!), LEAST_STDDEV));
      }
}

/** A raw scale is of a stddev above MIN_STDDEV. */
const LEAST_STDDEV = 1.001 * MIN_STDDEV;

/** The level's quantile of every target, [N, ...outputs], a fresh tensor: of the mixture of its draws. */
export function quantileTensor(output: Output, likelihood: Likelihood, level: number): tf.Tensor {
  const { S, N, width } = sizesOf(output);
  const family = familyOf(likelihood);
  const { C, K } = columnsOf(output, likelihood);
  const ofRow = Array.from({ length: (width / C) * K }, () => ({
    outputs: new Float64Array(S),
    rawScales: new Float64Array(K < C ? S : 0),
  }));
  const quantiles = new Float32Array(N * ofRow.length);
  let filled = 0;
  eachRow(output, (row, draw, numbers, at) => {
    ofRow.forEach(({ outputs, rawScales }, i) => {
      const column = at + Math.floor(i / K) * C + (i % K);
      outputs[draw] = numbers[column]!;
      if (K < C) rawScales[draw] = numbers[column + K]!;
    });
    if (++filled % S === 0)
      ofRow.forEach((draws, i) => {
        quantiles[row * ofRow.length + i] = family.quantile!(likelihood, level, draws);
      });
  });
  return tf.tensor(quantiles, [N, ...output.shape.slice(0, -1), ...(output.shape.length > 0 ? [K] : [])]);
}

/** Of the C numbers of the last axis K are outputs, and the others, if there are any, their raw scales. */
function columnsOf({ shape }: Output, likelihood: Likelihood): Record<'C' | 'K', number> {
  const C = shape.at(-1) ?? 1;
  return { C, K: familyOf(likelihood).hasRawScales(likelihood) ? C / 2 : C };
}

function sizesOf({ tallies, shape }: Output): Record<'S' | 'N' | 'width', number> {
  const S = tallies[0]!.values.count;
  const width = tf.util.sizeFromShape(shape);
  const N = tallies.reduce((rows, { draws: [first] }) => rows + first!.numbers.length / first!.S / width, 0);
  return { S, N, width };
}

/** Goes through all draws of the first row, then of the second, and so on. */
function eachRow(
  { tallies, shape }: Output,
  visit: (row: number, draw: number, numbers: Float32Array, at: number) => void,
): void {
  const width = tf.util.sizeFromShape(shape);
  let firstRow = 0;
  for (const { draws } of tallies) {
    const rows = draws[0]!.numbers.length / draws[0]!.S / width;
    for (let row = 0; row < rows; row++) {
      let draw = 0;
      for (const { numbers, S } of draws)
        for (let s = 0; s < S; s++) visit(firstRow + row, draw++, numbers, (row * S + s) * width);
    }
    firstRow += rows;
  }
}
