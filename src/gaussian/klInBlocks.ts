/**
 * The KL of many weights, block by block: the formula of `kl.ts` has some ten tensors of the size of its weights alive at
 * a time.
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { recordedTape } from '../op';
import { klFromPrior } from './kl';
import { fromMean, lnRatio, type Prior } from './prior';

/** 1 MB a tensor: small beside what is cut, and large enough for the calls to take no time. */
export const BLOCK = 2 ** 18;

/**
 * KL of Normal(M, S²) from the prior in nats, a sum over all weights; a fresh scalar.
 *
 * @param block numbers at a time. Where a gradient is taken all at once, since that of a slice is as large as the whole.
 */
export function klInBlocks(M: tf.Tensor, ln_S: tf.Tensor, prior: Prior, block = BLOCK): tf.Scalar {
  if (M.size <= block || recordedTape() !== undefined) return tf.tidy(() => klOf(M, ln_S, prior));
  const axis = M.shape.indexOf(Math.max(...M.shape));
  const length = M.shape[axis]!;
  const rows = Math.max(1, Math.floor((block / M.size) * length));
  const parts: tf.Scalar[] = [];
  for (let start = 0; start < length; start += rows) {
    const size = Math.min(rows, length - start);
    const cut = (t: tf.Tensor): tf.Tensor => sliceOf(t, axis - (M.rank - t.rank), start, size);
    parts.push(
      tf.tidy(() =>
        klOf(cut(M), cut(ln_S), { mean: cutPrior(prior.mean, cut), stddev: cutPrior(prior.stddev, cut) }),
      ),
    );
  }
  const kl = tf.tidy(() => tf.reshape<tf.Rank.R0>(tf.addN(parts), []));
  tf.dispose(parts);
  return kl;
}

function klOf(M: tf.Tensor, ln_S: tf.Tensor, prior: Prior): tf.Scalar {
  const fast = recordedTape() === undefined ? kernels().varianceAndKL?.(M, ln_S, prior) : undefined;
  if (fast !== undefined) return fast[1] as tf.Scalar;
  const { stddev } = prior;
  const p = typeof stddev === 'number' ? tf.scalar(stddev) : stddev;
  return klFromPrior(fromMean(M, prior), lnRatio(ln_S, prior), p);
}

const cutPrior = (part: number | tf.Tensor, cut: (t: tf.Tensor) => tf.Tensor): number | tf.Tensor =>
  typeof part === 'number' ? part : cut(part);

/** Of an axis along which it is broadcast a tensor is the same everywhere. */
function sliceOf(t: tf.Tensor, axis: number, start: number, size: number): tf.Tensor {
  if (axis < 0 || t.shape[axis] === 1) return t;
  const begin = t.shape.map((_, i) => (i === axis ? start : 0));
  const sizes = t.shape.map((length, i) => (i === axis ? size : length));
  return tf.slice(t, begin, sizes);
}
