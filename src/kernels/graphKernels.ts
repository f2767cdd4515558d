/** The kernels of a layer in one run of the native graph each; its formulas are in `scripts/kernels/graph.ts`. */
import * as tf from '@tensorflow/tfjs';
import type { Kernels } from './contract';
import type { Feeds, NativeGraph } from './nativeGraph';

export const graphKernels = (graph: NativeGraph): Partial<Kernels> => ({
  localDraw([X, A_mean, A_variance, noise]) {
    const [z, σ] = graph.run({ X, A_mean, A_variance, noise }, ['z', 'stddev']);
    return [z!, σ!];
  },

  localDrawGradients: (dz, [X, A_mean, A_variance, noise], σ) =>
    graph.inOneRun({ X, A_mean, A_variance, noise, dz, stddev: σ }, [dX(X), 'dz_A_mean', 'dA_variance']),

  localReluDraw: ([X, A_mean, A_variance, noise]) => graph.run({ X, A_mean, A_variance, noise }, ['h1'])[0]!,

  localPass([X, A_mean, ln_A_scale, noise], { p, c }, relu) {
    const p2 = p * p;
    const [output, σ, A_variance, sums] = graph.run({ X, A_mean, ln_A_scale, noise }, [
      ...[relu ? 'h1' : 'z', 'stddev', 'A_variance', 'sums'],
    ]);
    const [halfOfSquaredMeans, sumVariance, sumLnScale] = sums!.dataSync() as unknown as Sums;
    const n = A_mean.size;
    // Σ e^u − Σ 1 − Σ u, unless that is so little beside the sums that their rounding, some 3e-7 of them, would show.
    let ofScales = sumVariance / p2 - n - 2 * (sumLnScale - n * Math.log(p));
    if (10 * ofScales > sumVariance / p2 + 2 * Math.abs(sumLnScale)) farFromPrior.add(A_variance!.dataId);
    else ofScales = graph.run({ ln_A_scale, ln_p: Math.log(p) }, ['sumNearPrior'])[0]!.dataSync()[0]!;
    return [output!, tf.scalar(c * (halfOfSquaredMeans / p2 + 0.5 * ofScales)), σ!, A_variance!];
  },

  localPassGradients(
    doutput,
    dScaledKL,
    [X, A_mean, ln_A_scale, noise],
    [output, σ, A_variance],
    { p, c },
    relu,
  ) {
    // e^u − 1 is A_variance/p² − 1, whose rounding is nothing beside the largest of them where the scales are far.
    const far = farFromPrior.has(A_variance.dataId);
    const ofOutput: Feeds = relu ? { dh1: doutput, h1: output } : { dz: doutput };
    const ofKL: Feeds = { dScaledKL, c, p2: p * p, ...(far ? {} : { ln_A_scale, ln_p: Math.log(p) }) };
    return graph.inOneRun({ X, A_mean, A_variance, noise, stddev: σ, ...ofOutput, ...ofKL }, [
      ...[dX(X), 'dA_mean', far ? 'dln_A_scale' : 'dln_A_scaleNearPrior'],
    ]);
  },

  reluGradient: (dh, h) => graph.run({ dh, h }, ['dz_by_h'])[0]!,

  crossEntropy(p, logits) {
    const [H, ln_q] = graph.run({ p, logits }, ['H', 'ln_q']);
    return [H!, ln_q!];
  },

  crossEntropyGradient: (dH, p, ln_q) => graph.run({ dH, p, ln_q }, ['dlogits'])[0]!,
});

/**
 * Computes all of the graph once. TensorFlow looks only then whether it can: an older one may know an op by name and yet
 * have none for float32.
 *
 * @throws if it cannot.
 */
export function tryOut(graph: NativeGraph): void {
  tf.tidy(() => {
    const [one, two] = [tf.ones([1, 1]), tf.ones([1, 2])];
    const layer = { X: one, A_mean: one, ln_A_scale: one, noise: one, dh: one, dh1: two };
    const prior = { dScaledKL: 1, c: 1, p2: 1, ln_p: 0 };
    graph.run({ ...layer, ...prior, p: one, logits: one, dH: one }, [
      ...['z', 'sums', 'sumNearPrior', 'dz_by_h', 'dX', 'dX_of_few_rows', 'dA_variance', 'dA_mean'],
      ...['dln_A_scale', 'dln_A_scaleNearPrior', 'H', 'dlogits'],
    ]);
  });
}

/** The faster way to the gradient in X [B, D]: they are equal where D is three to four times B. */
const dX = ({ shape }: tf.Tensor): string => (shape[1]! > 4 * shape[0] ? 'dX_of_few_rows' : 'dX');

type Sums = [halfOfSquaredMeans: number, sumVariance: number, sumLnScale: number];

/** Variances that as a whole are not near the prior's. */
const farFromPrior = new WeakSet();
