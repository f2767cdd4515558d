/** The kernels of a layer in one run of the native graph each; its formulas are in `scripts/kernels/graph.ts`. */
import * as tf from '@tensorflow/tfjs';
import { isIsotropic } from '../gaussian/prior';
import type { Kernels, LocalKernels } from './contract';
import type { Feeds, NativeGraph } from './nativeGraph';

export const graphKernels = (graph: NativeGraph): Partial<Kernels> => ({
  local: { dense: denseKernels(graph) },

  reluGradient: (dh, h) => graph.run({ dh, h }, ['dz_by_h'])[0]!,

  crossEntropy(p, logits) {
    const [H, ln_q] = graph.run({ p, logits }, ['H', 'ln_q']);
    return [H!, ln_q!];
  },

  crossEntropyGradient: (dH, p, ln_q) => graph.run({ dH, p, ln_q }, ['dlogits'])[0]!,
});

const denseKernels = (graph: NativeGraph): LocalKernels => ({
  draw(inputs) {
    const [z, σ] = graph.run(drawFeeds(inputs), ['z', 'stddev']);
    const { shape } = inputs[1]!;
    return [withShape(z!, shape), withShape(σ!, shape)];
  },

  drawGradients(dz, inputs, σ) {
    const feeds = { ...drawFeeds(inputs), dz: asMatrix(dz), stddev: asMatrix(σ) };
    return ofShapeOf(inputs[0]!, graph.inOneRun(feeds, [dX(inputs[0]!), 'dz_A_mean', 'dA_variance']));
  },

  reluDraw: (inputs) => graph.run(drawFeeds(inputs), ['h1'])[0]!,

  pass([X, noise, A_mean, ln_A_scale], [prior], c, relu) {
    if (!isIsotropic(prior!)) return undefined;
    const { stddev: p } = prior;
    const p2 = p * p;
    const [output, σ, A_variance, sums] = graph.run(
      { X: asMatrix(X!), noise: asMatrix(noise!), A_mean: A_mean!, ln_A_scale: ln_A_scale! },
      [relu ? 'h1' : 'z', 'stddev', 'A_variance', 'sums'],
    );
    const [halfOfSquaredMeans, sumVariance, sumLnScale] = sums!.dataSync() as unknown as Sums;
    const n = A_mean!.size;
    // Σ e^u − Σ 1 − Σ u, unless that is so little beside the sums that their rounding, some 3e-7 of them, would show.
    let ofScales = sumVariance / p2 - n - 2 * (sumLnScale - n * Math.log(p));
    if (10 * ofScales > sumVariance / p2 + 2 * Math.abs(sumLnScale)) farFromPrior.add(A_variance!.dataId);
    else
      ofScales = graph
        .run({ ln_A_scale: ln_A_scale!, ln_p: Math.log(p) }, ['sumNearPrior'])[0]!
        .dataSync()[0]!;
    const kl = tf.scalar(c * (halfOfSquaredMeans / p2 + 0.5 * ofScales));
    // With relu and ones there are only matrices.
    const z = relu ? output! : withShape(output!, noise!.shape);
    return [z, kl, withShape(σ!, noise!.shape), A_variance!];
  },

  passGradients(doutput, dScaledKL, [X, noise, A_mean, ln_A_scale], saved, [prior], c, relu) {
    if (!isIsotropic(prior!)) return undefined;
    const { stddev: p } = prior;
    const [output, σ, A_variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    // e^u − 1 is A_variance/p² − 1, whose rounding is nothing beside the largest of them where the scales are far.
    const far = farFromPrior.has(A_variance.dataId);
    const ofOutput: Feeds = relu ? { dh1: doutput, h1: output } : { dz: asMatrix(doutput) };
    const near: Feeds = far ? {} : { ln_A_scale: ln_A_scale!, ln_p: Math.log(p) };
    const feeds = { ...drawFeeds([X!, noise!, A_mean!, A_variance]), stddev: asMatrix(σ), ...ofOutput };
    const gradients = graph.inOneRun({ ...feeds, dScaledKL, c, p2: p * p, ...near }, [
      ...[dX(X!), 'dA_mean', far ? 'dln_A_scale' : 'dln_A_scaleNearPrior'],
    ]);
    return ofShapeOf(X!, gradients);
  },
});

const drawFeeds = ([X, noise, A_mean, A_variance]: tf.Tensor[]): Feeds => ({
  X: asMatrix(X!),
  noise: asMatrix(noise!),
  A_mean: A_mean!,
  A_variance: A_variance!,
});

/** The graph knows matrices alone; positions before the last axis are rows to it. */
const asMatrix = (t: tf.Tensor): tf.Tensor =>
  t.rank === 2 ? t : t.reshape([t.size / t.shape.at(-1)!, t.shape.at(-1)!]);

const withShape = (t: tf.Tensor, shape: number[]): tf.Tensor => (shape.length === 2 ? t : t.reshape(shape));

/** The first gradient is that of X. */
const ofShapeOf = (
  X: tf.Tensor,
  [gradientInX, ...others]: Array<() => tf.Tensor>,
): Array<() => tf.Tensor> => [() => withShape(gradientInX!(), X.shape), ...others];

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
const dX = ({ size, shape }: tf.Tensor): string => {
  const D = shape.at(-1)!;
  return D > (4 * size) / D ? 'dX_of_few_rows' : 'dX';
};

type Sums = [halfOfSquaredMeans: number, sumVariance: number, sumLnScale: number];

/** Variances that as a whole are not near the prior's. */
const farFromPrior = new WeakSet();
