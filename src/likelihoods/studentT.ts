/** Targets with heavy-tailed noise: an outlier costs its logarithm, not its square. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositive } from '../check';
import { log1pSeries } from '../gaussian/kl';
import { lnGamma } from '../numerics/lnGamma';
import { defineOp } from '../op';
import { checkOptions, sumPerExample, type NegativeLogLikelihood } from './likelihood';
import { checkScale, standardised, type Scale } from './scale';

export interface StudentTNLLOptions {
  /** Degrees of freedom ν, above 0: the fewer, the heavier the tails; 1 is Cauchy, many are Gaussian. */
  df: number;
  /**
   * Scale σ of the noise in the unit of the targets (its stddev is σ √(ν/(ν − 2)), for ν > 2): a number above 0; or
   * `'output'`, σ = 1e-6 + softplus(raw) as for `gaussianNLL`.
   */
  scale: Scale;
}

/**
 * Targets with Student's t noise: y = μ + σ t, t ~ StudentT(ν), μ the output of the model, independent outputs.
 *
 *     NLL = Σ_outputs  (ν + 1)/2 · ln(1 + z²/ν) + ln σ + ½ ln νπ + ln Γ(ν/2) − ln Γ((ν + 1)/2),   z = (y − μ)/σ     nats
 *
 * (Lange, Little & Taylor 1989, J. Am. Stat. Assoc. 84, 881; the density of `scipy.stats.t` and of TensorFlow
 * Probability's `StudentT`.) Shapes are those of `gaussianNLL`.
 *
 * @throws if df or scale is not a finite number above 0 (or scale 'output'); the loss, if the shapes do not fit.
 */
export function studentTNLL(options: StudentTNLLOptions): NegativeLogLikelihood {
  const who = 'studentTNLL';
  checkOptions(who, options, '{df: 4, scale: …}');
  checkKeys(who, options, ['df', 'scale']);
  const { df: ν, scale } = options;
  checkPositive(who, 'df', ν);
  checkScale(who, 'scale', scale);
  const constant = 0.5 * Math.log(ν * Math.PI) + lnGamma(ν / 2) - lnGamma((ν + 1) / 2);

  return function studentTNLL(y, output) {
    return tf.tidy(() => {
      const { z, lnScale } = standardised(who, y, output, scale);
      const tail = lnOnePlusSquare(tf.div(z, Math.sqrt(ν)));
      return sumPerExample(tf.add(tf.mul((ν + 1) / 2, tail), tf.add(lnScale, constant)));
    });
  };
}

/**
 * ln(1 + w²), with the gradient 2w/(1 + w²).
 *
 * Near 0 by the series, since with many degrees of freedom a small w² is multiplied by a large ν. Elsewhere, with
 * m = max(1, |w|), 2 ln m + ln(1/m² + (w/m)²): what is squared is at most 1 and does not overflow.
 */
const lnOnePlusSquare = defineOp({
  name: 'BNNLnOnePlusSquare',
  forward(w) {
    const { m, inside } = scaledDown(w);
    return tf.where(
      tf.less(tf.abs(w), 0.7),
      log1pSeries(tf.square(tf.clipByValue(w, -0.7, 0.7))),
      tf.add(tf.mul(2, tf.log(m)), tf.log(inside)),
    );
  },
  gradients: (dy, [w]) => [
    () => {
      const { m, inside } = scaledDown(w!);
      return tf.mul(dy, tf.div(tf.div(tf.mul(2, tf.div(w!, m)), m), inside));
    },
  ],
});

/** m = max(1, |w|), and (1 + w²)/m². */
function scaledDown(w: tf.Tensor): { m: tf.Tensor; inside: tf.Tensor } {
  const m = tf.maximum(tf.abs(w), 1);
  return { m, inside: tf.add(tf.square(tf.div(1, m)), tf.square(tf.div(w, m))) };
}
