/** The kernels of a layer in one run of the native graph each; its formulas are in `scripts/kernels/graph.ts`. */
import * as tf from '@tensorflow/tfjs';
import type { DrawnOutput, Kernels, LocalKernels } from './contract';
import { isFarFromPrior, klOf, priorFeeds, sumsOf, weightKernels } from './graphWeights';
import type { Feeds, NativeGraph } from './nativeGraph';

export const graphKernels = (graph: NativeGraph): Partial<Kernels> => ({
  local: { dense: denseKernels(graph, ['A']), 'dense with bias': denseKernels(graph, ['A', 'b']) },

  reparameterize(mean, variance, noise) {
    const given = { mean: asMatrix(mean), variance: asMatrix(variance), noise: asMatrix(noise) };
    return graph.run(given, ['z', 'stddev']).map((t) => withShape(t, mean.shape)) as [tf.Tensor, tf.Tensor];
  },

  varianceGradient(dz, noise, sigma) {
    const given = { dz: asMatrix(dz), noise: asMatrix(noise), stddev: asMatrix(sigma) };
    return withShape(graph.run(given, ['dvariance'])[0]!, dz.shape);
  },

  ...weightKernels(graph),

  reluGradient: (dh, h) => graph.run({ dh, h }, ['dz_by_h'])[0]!,

  crossEntropy(p, logits) {
    const [H, ln_q] = graph.run({ p, logits }, ['H', 'ln_q']);
    return [H!, ln_q!];
  },

  crossEntropyGradient: (dH, p, ln_q) => graph.run({ dH, p, ln_q }, ['dlogits'])[0]!,
});

/** Of the map z = X·A, or of z = X·A + b: the names of its weights in the graph. */
function denseKernels(graph: NativeGraph, names: ['A'] | ['A', 'b']): LocalKernels {
  const [, b] = names;
  const ofMap = (node: string): string => (b === undefined ? node : `${node}_with_bias`);
  /** Each tensor of weights as it is called in the graph. */
  const fed = (prefix: string, tensors: tf.Tensor[], suffix: string): Feeds =>
    Object.fromEntries(names.map((w, i) => [`${prefix}${w}${suffix}`, tensors[i]!]));
  const feeds = (X: tf.Tensor, noise: tf.Tensor, M: tf.Tensor[], V: tf.Tensor[]): Feeds => ({
    ...{ X: asMatrix(X), noise: asMatrix(noise) },
    ...{ ...fed('', M, '_mean'), ...fed('', V, '_variance') },
  });

  return {
    draw(inputs) {
      const { X, noise, M, rest: V } = named(inputs);
      const drawn = graph.run(feeds(X, noise, M, V), [ofMap('z'), ofMap('stddev')]);
      return drawn.map((t) => withShape(t, noise.shape)) as [tf.Tensor, tf.Tensor];
    },

    drawGradients(dz, inputs, sigma) {
      const { X, noise, M, rest: V } = named(inputs);
      const given = { ...feeds(X, noise, M, V), dz: asMatrix(dz), stddev: asMatrix(sigma) };
      const means = names.map((w) => `dz_${w}_mean`);
      return ofShapeOf(X, graph.inOneRun(given, [dX(X), ...means, ...names.map((w) => `d${w}_variance`)]));
    },

    drawnOutput(inputs, output) {
      const { X, noise, M, rest: V } = named(inputs);
      return ofRows(graph.run(feeds(X, noise, M, V), [ofMap(NODES[output])])[0]!, noise);
    },

    pass(inputs, priors, c, output) {
      const { X, noise, M, rest: ln_S } = named(inputs);
      const given = { X: asMatrix(X), noise: asMatrix(noise), ...fed('', M, '_mean') };
      const ofPriors = names.map((w, i) => priorFeeds(w, M[i]!, priors[i]!));
      const made = graph.run(joined(given, fed('ln_', ln_S, '_scale'), ...ofPriors), [
        ...[ofMap(NODES[output]), ofMap('stddev')],
        ...names.map((w) => `${w}_variance`),
        ...names.map((w, i) => sumsOf(w, priors[i]!)),
      ]);
      const V = made.slice(2, 2 + names.length);
      const kls = names.map((w, i) =>
        klOf(graph, w, made[2 + names.length + i]!, V[i]!, { M: M[i]!, ln_S: ln_S[i]! }, priors[i]!),
      );
      const kl = tf.scalar(c * kls.reduce((a, k) => a + k));
      return [ofRows(made[0]!, noise), kl, withShape(made[1]!, noise.shape), ...V];
    },

    passGradients(doutput, dScaledKL, inputs, [h, sigma, ...V], priors, c, output) {
      const { X, noise, M, rest: ln_S } = named(inputs);
      const far = V.map(isFarFromPrior);
      const ofWeights = names.map((w, i) => ({
        ...(far[i]! ? {} : { [`ln_${w}_scale`]: ln_S[i]! }),
        ...priorFeeds(w, M[i]!, priors[i]!, !far[i]!),
      }));
      const given: Feeds = { ...feeds(X, noise, M, V), stddev: asMatrix(sigma!), dScaledKL, c };
      const ofOutput: Feeds =
        output === 'z' ? { dz: asMatrix(doutput) } : { dh: asMatrix(doutput), h: asMatrix(h!) };
      const gradients = graph.inOneRun(joined(given, ofOutput, ...ofWeights), [
        ...[dX(X), ...names.map((w) => `d${w}_mean`)],
        ...names.map((w, i) => (far[i]! ? `dln_${w}_scale` : `dln_${w}_scaleNearPrior`)),
      ]);
      return ofShapeOf(X, gradients);
    },
  };
}

const joined = (...feeds: Feeds[]): Feeds => Object.assign({}, ...feeds) as Feeds;

/** The node of an output. */
const NODES: Record<DrawnOutput, string> = { z: 'z', relu: 'h', reluWithOnes: 'h1' };

/** The inputs of a draw or a pass; the rest are variances or ln S. */
function named([X, noise, ...weights]: tf.Tensor[]): Record<'X' | 'noise', tf.Tensor> &
  Record<'M' | 'rest', tf.Tensor[]> {
  const k = weights.length / 2;
  return { X: X!, noise: noise!, M: weights.slice(0, k), rest: weights.slice(k) };
}

/** The graph knows matrices alone; positions before the last axis are rows to it. */
const asMatrix = (t: tf.Tensor): tf.Tensor =>
  t.rank === 2 ? t : tf.reshape(t, [t.size / t.shape.at(-1)!, t.shape.at(-1)!]);

const withShape = (t: tf.Tensor, shape: number[]): tf.Tensor =>
  shape.length === 2 ? t : tf.reshape(t, shape);

/** Rows of the graph as those of the noise, of any length. */
const ofRows = (t: tf.Tensor, noise: tf.Tensor): tf.Tensor =>
  withShape(t, [...noise.shape.slice(0, -1), t.shape[1]!]);

/** The first gradient is that of X. */
const ofShapeOf = (
  X: tf.Tensor,
  [gradientInX, ...others]: Array<() => tf.Tensor>,
): Array<() => tf.Tensor> => [() => withShape(gradientInX!(), X.shape), ...others];

/** The faster way to the gradient in X [B, D]: they are equal where D is three to four times B. */
const dX = ({ size, shape }: tf.Tensor): string => {
  const D = shape.at(-1)!;
  return D > (4 * size) / D ? 'dX_of_few_rows' : 'dX';
};

/**
 * Computes all of the graph once. TensorFlow looks only then whether it can: an older one may know an op by name and yet
 * have none for float32.
 *
 * @throws if it cannot.
 */
export function tryOut(graph: NativeGraph): void {
  tf.tidy(() => {
    const one = tf.ones([1, 1]);
    const ofWeights = (w: string, t: tf.Tensor): Feeds => ({
      ...{ [`${w}_mean`]: t, [`ln_${w}_scale`]: t, [`${w}_m0`]: t, [`${w}_p`]: t },
    });
    const layer = { X: one, noise: one, ...ofWeights('A', one), ...ofWeights('b', tf.ones([1])) };
    const ofEach = ['_sums', '_sumsOfRatios', '_sumNearPrior'];
    const gradients = ['_variance', '_mean'];
    graph.run({ ...layer, dh: one, dScaledKL: 1, c: 1, p: one, logits: one, dH: one }, [
      ...[
        'z_with_bias',
        'h1',
        'h1_with_bias',
        'dz_by_h',
        'dvariance',
        'dX',
        'dX_of_few_rows',
        'H',
        'dlogits',
      ],
      ...['A', 'b'].flatMap((w) => [
        ...[...ofEach.map((s) => w + s), ...gradients.map((s) => `d${w}${s}`)],
        ...[`dln_${w}_scale`, `dln_${w}_scaleNearPrior`],
      ]),
    ]);
  });
}
