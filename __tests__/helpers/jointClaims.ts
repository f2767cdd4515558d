/**
 * What each estimator claims of the joint distribution of its draws, as z-scores of many draws: the mean and the variance of
 * each place of z, and the covariance of any two.
 */
import { zOfCovariance, zOfMean, zOfVariance } from './gaussianTests';
import { covarianceOf, momentsOf, sharedTerms, stddevsOf, weightsOf, type MapCase } from './mapCases';
import type { Estimator } from '../../src/estimators/estimator';

/** @param draws of each place of z, flat */
export function zScores(the: MapCase, name: Estimator['name'], draws: readonly number[][]): number[] {
  const S = stddevsOf(the);
  const { mean, variance: v } = momentsOf(the, weightsOf(the), S);
  const centred = draws.map((sample, i) => sample.map((z) => z - mean[i]!));
  const exampleOf = (place: number): number => Math.floor((place * the.xShape[0]!) / draws.length);
  return draws.flatMap((sample, i) => [
    zOfMean(sample, mean[i]!, v[i]!),
    zOfVariance(sample, v[i]!),
    ...centred.slice(i + 1).map((other, k) => {
      const j = i + 1 + k;
      const sameWeights = name === 'weightSpace' || (name === 'flipout' && exampleOf(i) === exampleOf(j));
      if (sameWeights) return zOfCovariance(centred[i]!, other, covarianceOf(the, S, i, j), v[i]!, v[j]!);
      if (name === 'local') return zOfCovariance(centred[i]!, other, 0, v[i]!, v[j]!);
      return zOfFlipped(centred[i]!, other, v[i]! * v[j]! + 2 * meanSquareOfFlipped(the, S, i, j));
    }),
  ]);
}

/**
 * Places of two examples of flipout, z = s u and z′ = s′ u′: their covariance is E[s s′ u u′] = 0, since the signs are
 * independent. The product is no product of independent numbers though: given the signs of the inputs, u and u′ are Gaussian
 * with a covariance c, so that E[(z z′)²] = v v′ + 2 E[c²].
 */
const zOfFlipped = (x: readonly number[], y: readonly number[], variance: number): number =>
  x.reduce((sum, v, i) => sum + v * y[i]!, 0) / Math.sqrt(x.length * variance);

/** E[c²] of c = Σ ± (Σ x x′ s²), one sign for each input channel: the squares of the channels' sums. */
const meanSquareOfFlipped = (the: MapCase, S: readonly number[][], i: number, j: number): number =>
  [...sharedTerms(the, S, i, j).values()].reduce((sum, c) => sum + c * c, 0);
