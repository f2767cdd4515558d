/** The SIMD loops of `assembly/` as kernels of tensors, wherever the tensors' numbers lie. */
import * as tf from '@tensorflow/tfjs';
import { forEachWeight } from '../gaussian/prior';
import type { Kernels } from './contract';
import type { Simd } from './simd';

/** A memory in which the loops find their arguments and leave their results, during one kernel. */
export interface Place {
  /** The address of a tensor's numbers. */
  at: (tensor: tf.Tensor) => number;
  /** Room for a result, and the tensor that it is when the loop has run. */
  fresh: (shape: number[]) => { address: number; tensor: () => tf.Tensor };
  /** Room for `SPARE` numbers. */
  spare: () => number;
}

export const simdKernels = (simd: Simd, open: () => Place): Partial<Kernels> => ({
  product(a, b, transpose) {
    const { at, fresh, spare } = open();
    const [m, k] = transpose === 'first' ? [a.shape[1]!, a.shape[0]] : [a.shape[0], a.shape[1]!];
    const n = transpose === 'second' ? b.shape[0] : b.shape[1]!;
    const out = fresh([m, n]);
    const transposed = [Number(transpose === 'first'), Number(transpose === 'second')] as const;
    simd.product(at(a), at(b), out.address, m, n, k, ...transposed, 0, spare());
    return out.tensor();
  },

  affine(X, A, b) {
    const { at, fresh, spare } = open();
    const [m, k, n] = [X.shape[0], X.shape[1]!, A.shape[1]!];
    // Not the first of them, whose address can be 0, which stands for no bias.
    const [x, a, bias] = [X, A, b].map(at) as [number, number, number];
    const out = fresh([m, n]);
    simd.product(x, a, out.address, m, n, k, 0, 0, bias, spare());
    return out.tensor();
  },

  columnSums(matrix) {
    const { at, fresh } = open();
    const [m, n] = matrix.shape as [number, number];
    const address = at(matrix);
    const out = fresh([n]);
    simd.columnSums(address, out.address, m, n);
    return out.tensor();
  },

  convFilterGradient(x, dy, { inputShape, filterShape, strides, dilations, before, outSize }) {
    const [tapsDown, tapsAcross, channels, outChannels] = filterShape;
    const taps = tapsDown * tapsAcross;
    return tf.tidy(() => {
      const { at, fresh, spare } = open();
      const out = fresh([outChannels, taps * channels]);
      simd.filterGradient(
        ...[at(x), at(dy), out.address, ...inputShape, ...outSize, outChannels],
        ...[taps, tapsAcross, ...strides, ...dilations, ...before, spare()],
      );
      return tf.reshape(tf.transpose(out.tensor()), filterShape);
    });
  },

  depthwiseFilterGradient(x, dy, { inputShape, filterShape, strides, dilations, before, outSize }) {
    const [tapsDown, tapsAcross, channels, multiplier] = filterShape;
    const [taps, outChannels] = [tapsDown * tapsAcross, channels * multiplier];
    return tf.tidy(() => {
      const { at, fresh } = open();
      // Each channel beside each of its outputs.
      const repeated = multiplier === 1 ? x : tf.tile(tf.reshape(x, [-1, 1]), [1, multiplier]);
      const out = fresh([taps, outChannels]);
      simd.depthwiseFilterGradient(
        ...[at(repeated), at(dy), out.address, ...inputShape.slice(0, 3), outChannels, ...outSize],
        ...[taps, tapsAcross, ...strides, ...dilations, ...before],
      );
      return tf.reshape(out.tensor(), filterShape);
    });
  },

  reparameterize(mean, variance, noise) {
    const { at, fresh } = open();
    const [z, sigma] = [fresh(mean.shape), fresh(mean.shape)];
    simd.reparameterize(at(mean), at(variance), at(noise), z.address, sigma.address, mean.size);
    return [z.tensor(), sigma.tensor()];
  },

  varianceGradient(dz, noise, sigma) {
    const { at, fresh } = open();
    const out = fresh(dz.shape);
    simd.varianceGradient(at(dz), at(noise), at(sigma), out.address, dz.size);
    return out.tensor();
  },

  varianceAndKL(A_mean, ln_A_scale, { mean: m0, stddev: p }) {
    const { at, fresh } = open();
    const variance = fresh(A_mean.shape);
    // Not the first of them: in a memory of ours the address 0, which stands for no array, is that of the first.
    const ofWeights = [at(A_mean), at(ln_A_scale), variance.address] as const;
    const means: readonly [number, number] =
      typeof m0 === 'number' ? [0, m0] : [at(forEachWeight(m0, A_mean)), 0];
    const kl = simd.varianceAndKL(
      ...ofWeights,
      ...([A_mean.size, ...constantsOf(p)] as const),
      ...([typeof p === 'number' ? 0 : at(forEachWeight(p, A_mean)), ...means] as const),
    );
    return [variance.tensor(), tf.scalar(kl)];
  },

  lnScaleGradient(dA_variance, dKL, ln_A_scale, A_variance, { stddev: p }) {
    const { at, fresh } = open();
    const out = fresh(A_variance.shape);
    simd.lnScaleGradient(
      ...([at(dA_variance), at(A_variance), at(ln_A_scale), out.address] as const),
      ...([A_variance.size, dKL.dataSync()[0]!, ...constantsOf(p)] as const),
      typeof p === 'number' ? 0 : at(forEachWeight(p, A_variance)),
    );
    return out.tensor();
  },

  adam(updates, { learningRate, beta1, beta2, epsilon, correction1, correction2 }) {
    if (updates.some(({ w, g }) => w.dtype !== 'float32' || g.dtype !== 'float32')) return false;
    for (const { w, g, m, v } of updates) {
      const { at, fresh } = open();
      // To new places, so that nobody who shares the old ones, a clone or another model, sees a change.
      const results = [fresh(w.shape), fresh(w.shape), fresh(w.shape)];
      simd.adam(
        ...[w, g, m, v].map(at),
        ...results.map(({ address }) => address),
        ...[w.size, learningRate, beta1, beta2, epsilon, correction1, correction2, 1 - beta1, 1 - beta2],
      );
      [w, m, v].forEach((variable, i) => {
        const result = results[i]!.tensor();
        variable.assign(result);
        result.dispose();
      });
    }
    return true;
  },
});

/** ln p and 1/p² of one p for all weights. */
const constantsOf = (p: number | tf.Tensor): readonly [lnP: number, invP2: number] =>
  typeof p === 'number' ? [Math.log(p), 1 / (p * p)] : [0, 0];
