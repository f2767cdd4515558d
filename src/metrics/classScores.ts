/**
 * What class probabilities are worth, and how unsure they are: one number per example.
 *
 *     NLL    = −ln p_y                                                                  nats
 *     Brier  = Σ_c (p_c − 1{c = y})²           (Brier 1950, Mon. Weather Rev. 78, eq. 2)
 *     H      = −Σ_c p_c ln p_c                                                          nats
 *
 * NLL and Brier are strictly proper scores: expected to be least for the true probabilities, and for no others
 * (Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102, section 3).
 *
 * Everywhere: probabilities are float32 [N, C]; labels are class indices [N] or [N, 1], or one-hot rows [N, C], as a tensor
 * of any numeric dtype or as an array. Results are fresh tensors that are the caller's; the mean over examples is `.mean()`.
 * Values are checked, which reads two or three numbers per example synchronously.
 *
 * Errors: probabilities that are negative, NaN or do not sum to 1 within 0.001 (logits, for instance), or not float32;
 * labels that are none of 0 … C − 1, rows of labels that are not one-hot, or not as many as the probabilities have; nothing
 * at all.
 */
import * as tf from '@tensorflow/tfjs';
import { entropy as entropyOf, splitEntropy, type EntropySplit } from '../numerics/entropy';
import { checkProbabilities, classIndices, type ClassLabels } from './probabilities';

/**
 * Negative log likelihood −ln p_y of each label, nats, [N]. A label of probability 0 costs Infinity: nothing is clipped.
 *
 * Its mean is scikit-learn's `log_loss(y_true, y_pred)`, which clips. Reads three numbers per example synchronously.
 *
 * @param probabilities float32 [N, C], each row with the sum 1.
 * @param labels class indices [N] or [N, 1], or one-hot rows [N, C], a tensor or an array.
 * @returns a fresh tensor.
 * @throws if probabilities are negative, NaN, not float32, or their rows do not sum to 1 within 0.001 (logits, for
 * instance); if labels are none of 0 … C − 1, not one-hot, or not as many; if there are none.
 *
 * @example
 * nll(tf.tensor2d([[0.8, 0.2]]), [0]).print(); // [0.223]
 */
export function nll(probabilities: tf.Tensor, labels: ClassLabels): tf.Tensor1D {
  checkProbabilities('nll', 'probabilities', probabilities, ['N', 'C']);
  return tf.tidy(() => {
    const p_y = tf.sum(tf.mul(probabilities, oneHot('nll', labels, probabilities)), -1);
    // Not tf.neg: 0 − 0 is 0, where −(0) would be shown as -0.
    return tf.sub(0, tf.log(p_y));
  });
}

/**
 * Brier score of each example, [N]: the squared distance of the probabilities from the one-hot label, from 0 to 2
 * (Brier 1950, Mon. Weather Rev. 78, eq. 2). Like `nll` it is strictly proper: least, on average, for the true
 * probabilities.
 *
 * TensorFlow Probability's `brier_score` is this without the label's square: smaller by 1. scikit-learn's
 * `brier_score_loss` of two classes is half its mean.
 *
 * @param probabilities float32 [N, C], each row with the sum 1.
 * @param labels class indices [N] or [N, 1], or one-hot rows [N, C], a tensor or an array.
 * @returns a fresh tensor.
 * @throws as `nll` does.
 *
 * @example
 * brierScore(tf.tensor2d([[0.8, 0.2]]), [0]).print(); // [0.08]
 */
export function brierScore(probabilities: tf.Tensor, labels: ClassLabels): tf.Tensor1D {
  checkProbabilities('brierScore', 'probabilities', probabilities, ['N', 'C']);
  return tf.tidy(() =>
    tf.sum(tf.square(tf.sub(probabilities, oneHot('brierScore', labels, probabilities))), -1),
  );
}

/**
 * Entropy over the last axis, nats, from 0 to ln C; 0 ln 0 counts as 0.
 *
 * @param probabilities [..., C] of any rank.
 * @returns [...]
 * @throws if the probabilities are not such, as for `nll`.
 *
 * @example
 * entropy(tf.tensor2d([[0.5, 0.5], [1, 0]])).print(); // [0.693, 0]
 */
export function entropy(probabilities: tf.Tensor): tf.Tensor {
  checkProbabilities('entropy', 'probabilities', probabilities, ['...', 'C']);
  return entropyOf(probabilities);
}

/**
 * The entropy of the mean of S draws, split into what the data and what the weights leave open, nats, each [N]:
 *
 *     total = H[ 1/S Σ_s p_s ],   aleatoric = 1/S Σ_s H[ p_s ],   epistemic = total − aleatoric
 *
 * The epistemic part is the mutual information of label and weights: BALD of Houlsby et al. 2011, arXiv:1112.5745,
 * eq. 2; Depeweg et al. 2018, arXiv:1710.07283, eq. 6. It is not negative; where rounding makes it so, it is 0. From
 * few draws it comes out too small: one draw has none.
 *
 * @param draws the probabilities of each draw, [S, N, C].
 * @throws if the draws are not such, as for `nll`.
 *
 * @example
 * const draws = tf.tensor3d([[[1, 0]], [[0, 1]]]); // two draws that are sure of different classes
 * const { total, aleatoric, epistemic } = entropySplit(draws);
 * epistemic.print(); // [0.693]
 */
export function entropySplit(draws: tf.Tensor): EntropySplit {
  checkProbabilities('entropySplit', 'draws', draws, ['S', 'N', 'C']);
  return tf.tidy(() => splitEntropy(entropyOf(tf.mean(draws, 0)), tf.mean(entropyOf(draws), 0)));
}

/** In int32 and then cast: asked for float32, wasm's oneHot writes the bits of an integer 1, which read as 1e-45. */
function oneHot(who: string, labels: ClassLabels, probabilities: tf.Tensor): tf.Tensor {
  return tf.cast(tf.oneHot(classIndices(who, labels, probabilities), probabilities.shape[1]!), 'float32');
}
