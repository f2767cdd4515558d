/** The variances, the KL and their gradients by the native graph; its formulas are in `scripts/kernels/graph.ts`. */
import * as tf from '@tensorflow/tfjs';
import { forEachWeight, type Prior } from '../gaussian/prior';
import type { Kernels } from './contract';
import type { Feeds, NativeGraph } from './nativeGraph';

/** A tensor of weights as it is called in the graph: a matrix, or a bias. */
type Name = 'A' | 'b';

/** Of weights of any rank: one row of a matrix. */
export const weightKernels = (graph: NativeGraph): Pick<Kernels, 'varianceAndKL' | 'lnScaleGradient'> => ({
  varianceAndKL(M, ln_S, prior) {
    const [row, ofRow] = [{ M: asRow(M), ln_S: asRow(ln_S) }, rowPrior(prior, M)];
    const given = { A_mean: row.M, ln_A_scale: row.ln_S, ...priorFeeds('A', row.M, ofRow) };
    const [rowV, sums] = graph.run(given, ['A_variance', sumsOf('A', ofRow)]);
    const V = tf.reshape(rowV!, M.shape);
    return [V, tf.scalar(klOf(graph, 'A', sums!, V, row, ofRow))];
  },

  lnScaleGradient(dV, dKL, ln_S, V, prior) {
    const far = isFarFromPrior(V);
    const given: Feeds = {
      ...{ A_variance: asRow(V), twice_dA_variance: tf.mul(2, asRow(dV)), dScaledKL: dKL, c: 1 },
      ...(far ? {} : { ln_A_scale: asRow(ln_S) }),
      // Only the scales have a gradient: the means are not looked at.
      ...priorFeeds('A', asRow(V), { ...rowPrior(prior, V), mean: 0 }, !far),
    };
    const [gradient] = graph.run(given, [far ? 'dln_A_scale' : 'dln_A_scaleNearPrior']);
    return tf.reshape(gradient!, V.shape);
  },
});

const asRow = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [1, t.size]);

const rowPrior = ({ mean, stddev }: Prior, weights: tf.Tensor): Prior => ({
  mean: typeof mean === 'number' ? mean : asRow(forEachWeight(mean, weights)),
  stddev: typeof stddev === 'number' ? stddev : asRow(forEachWeight(stddev, weights)),
});

/** The node of the sums that the KL is made of. */
export const sumsOf = (w: Name, { stddev }: Prior): string =>
  typeof stddev === 'number' ? `${w}_sums` : `${w}_sumsOfRatios`;

/** What the graph needs to know of a prior; ln p only where the scales are near it. */
export function priorFeeds(w: Name, M: tf.Tensor, { mean, stddev: p }: Prior, near = false): Feeds {
  return {
    ...(mean === 0 ? { [`${w}_distance`]: M } : { [`${w}_m0`]: mean }),
    ...(typeof p !== 'number' ? { [`${w}_p`]: p } : { [`${w}_p2`]: p * p }),
    ...(typeof p === 'number' && near ? { [`${w}_ln_p`]: Math.log(p) } : {}),
  };
}

/** The KL from its sums, in which a number p is still to come and a tensor is already. */
export function klOf(
  graph: NativeGraph,
  w: Name,
  sums: tf.Tensor,
  V: tf.Tensor,
  { M, ln_S }: Record<'M' | 'ln_S', tf.Tensor>,
  prior: Prior,
): number {
  const p = typeof prior.stddev === 'number' ? prior.stddev : 1;
  const [halfOfSquaredMeans, sumVariance, sumLnScale] = sums.dataSync() as unknown as Sums;
  const n = V.size;
  // Σ e^u − Σ 1 − Σ u, unless that is so little beside the sums that their rounding, some 3e-7 of them, would show.
  // Then also e^u − 1 in the gradient is V/p² − 1, whose rounding is nothing beside the largest of them.
  let ofScales = sumVariance / (p * p) - n - 2 * (sumLnScale - n * Math.log(p));
  if (10 * ofScales > sumVariance / (p * p) + 2 * Math.abs(sumLnScale)) farFromPrior.add(V.dataId);
  else {
    const near = { [`ln_${w}_scale`]: ln_S, ...priorFeeds(w, M, prior, true) };
    ofScales = graph.run(near, [`${w}_sumNearPrior`])[0]!.dataSync()[0]!;
  }
  return halfOfSquaredMeans / (p * p) + 0.5 * ofScales;
}

type Sums = [halfOfSquaredMeans: number, sumVariance: number, sumLnScale: number];

/** Variances that as a whole are not near the prior's. */
const farFromPrior = new WeakSet();

export const isFarFromPrior = (V: tf.Tensor): boolean => farFromPrior.has(V.dataId);
