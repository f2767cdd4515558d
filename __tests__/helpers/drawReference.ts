/** One draw of each estimator through any map, in double precision: the formulas over the list of products. */
import type { Estimator } from '../../src/estimators/estimator';
import { momentsOf, productOf, stddevsOf, weightsOf, type MapCase } from './mapCases';

/** z, flat, for the noise that the estimator asks for. */
export function drawOf(the: MapCase, name: Estimator['name'], noise: readonly number[][]): number[] {
  const [M, S] = [weightsOf(the), stddevsOf(the)];
  const { mean, variance } = momentsOf(the, M, S);
  if (name === 'local') return mean.map((m, i) => m + Math.sqrt(variance[i]!) * noise[0]![i]!);
  const deviations = S.map((s, i) => s.map((v, k) => v * noise[i]![k]!));
  if (name === 'weightSpace') return productOf(the, the.X, M.map((m, i) => m.map((v, k) => v + deviations[i]![k]!))); // prettier-ignore
  const [s, r] = noise.slice(M.length).map((part) => part.map((ε) => (ε < 0 ? -1 : 1)));
  const X = r === undefined ? the.X : flipped(the, the.X, the.xShape, r);
  const deviated = flipped(the, productOf(the, X, deviations), the.zShape, s!);
  return mean.map((m, i) => m + deviated[i]!);
}

/** Numbers of [examples, ..., channels] by signs of [examples, channels]. */
const flipped = (
  { xShape: [examples] }: MapCase,
  values: readonly number[],
  shape: readonly number[],
  signs: readonly number[],
): number[] => {
  const [perExample, channels] = [values.length / examples!, shape.at(-1)!];
  return values.map((v, i) => v * signs[Math.floor(i / perExample) * channels + (i % channels)]!);
};
