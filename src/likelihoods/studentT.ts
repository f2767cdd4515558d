/** Targets with heavy-tailed noise: an outlier costs its logarithm, not its square. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositive, refuse } from '../check';
import { log1pRatio } from '../gaussian/kl';
import { lnGammaHalfStep } from '../numerics/lnGamma';
import { defineFusedOp } from '../op';
import { checkOptions, sumPerExample, lossOf, type NegativeLogLikelihood, type Scale } from './likelihood';
import { meansRemark } from './outputs';
import { checkScale, standardised } from './scale';
import { where } from '../numerics/where';

export interface StudentTNLLOptions {
  /** Degrees of freedom ν, 1e-30 or more: the fewer, the heavier the tails; 1 is Cauchy, very many are Gaussian. */
  df: number;
  /**
   * Scale σ of the noise in the unit of the targets (its stddev is σ √(ν/(ν − 2)), for ν > 2): a number above 0; or
   * `'output'`, σ = 1e-6 + softplus(raw) as for `gaussianNLL`.
   */
  scale: Scale;
}

/** Below, float32 has not the range for z²/ν. */
const LEAST_DF = 1e-30;

/**
 * Targets with Student's t noise: y = μ + σ t, t ~ StudentT(ν), μ the output of the model, independent outputs.
 *
 *     NLL = Σ_outputs  (ν + 1)/2 · ln(1 + z²/ν) + ln σ + ½ ln νπ + ln Γ(ν/2) − ln Γ((ν + 1)/2),   z = (y − μ)/σ     nats
 *
 * (Lange, Little & Taylor 1989, J. Am. Stat. Assoc. 84, 881; the density of `scipy.stats.t` and of TensorFlow
 * Probability's `StudentT`.) Shapes are those of `gaussianNLL`.
 *
 * @throws if df or scale is not a finite number above 0 (or scale 'output'), or df is below 1e-30; the loss, if the shapes
 * do not fit or a target is NaN or infinite (values are not read on a GPU).
 *
 * @example
 * model.compile({ optimizer: adam(), loss: studentTNLL({ df: 4, scale: 0.1 }) });
 * studentTNLL({ df: 1, scale: 1 })(tf.tensor2d([[0]]), tf.tensor2d([[0]])).print(); // [1.145]
 */
export function studentTNLL(options: StudentTNLLOptions): NegativeLogLikelihood {
  const who = 'studentTNLL';
  checkOptions(who, options, '{df: 4, scale: …}');
  checkKeys(who, options, ['df', 'scale']);
  const { df: nu, scale } = options;
  checkPositive(who, 'df', nu);
  if (nu < LEAST_DF) refuse(who, `df must be at least ${LEAST_DF}`, String(nu));
  checkScale(who, 'scale', scale);
  // ½ ln νπ − ½ ln(ν/2) is ½ ln 2π.
  const constant = 0.5 * Math.log(2 * Math.PI) - lnGammaHalfStep(nu / 2);

  const remark = meansRemark(who);
  return lossOf(who, { family: 'studentT', df: nu, scale }, (y, output) => {
    return tf.tidy(() => {
      const { z, lnScale } = standardised(who, y, output, scale, remark);
      const [tail] = tailOp([z], { nu });
      return sumPerExample(tf.add(tail!, tf.add(lnScale, constant)));
    });
  });
}

/**
 * (ν + 1)/2 · ln(1 + w²), w = z/√ν, with the gradient (1 + 1/ν) z/(1 + w²), for every ν and z.
 *
 * Near 0 it is ½ (1 + 1/ν) z² · ln(1 + w²)/w², which is the Gaussian's ½ z² where w² has underflowed. Elsewhere, with
 * m = max(1, |w|), (ν + 1)/2 · (2 ln m + ln(1/m² + (w/m)²)): what is squared is at most 1 and does not overflow.
 */
const tailOp = defineFusedOp<{ nu: number }>({
  name: 'BNNStudentTail',
  forward([z], { nu }) {
    const { w, m, inside } = scaledDown(z!, nu);
    const near = tf.mul(
      tf.mul(0.5 * (1 + 1 / nu), tf.square(z!)),
      log1pRatio(tf.square(tf.clipByValue(w, -0.7, 0.7))),
    );
    const far = tf.mul((nu + 1) / 2, tf.add(tf.mul(2, tf.log(m)), tf.log(inside)));
    return [where(tf.less(tf.abs(w), 0.7), near, far)];
  },
  gradients: ([dy], { inputs: [z] }, { nu }) => [
    () => {
      const { m, inside } = scaledDown(z!, nu);
      // z and not w, which underflows where ν is large.
      return tf.mul(dy!, tf.div(tf.div(tf.mul(1 + 1 / nu, tf.div(z!, m)), m), inside));
    },
  ],
});

/** w = z/√ν, m = max(1, |w|), and (1 + w²)/m². */
function scaledDown(z: tf.Tensor, nu: number): Record<'w' | 'm' | 'inside', tf.Tensor> {
  const w = tf.mul(z, 1 / Math.sqrt(nu));
  const m = tf.maximum(tf.abs(w), 1);
  return { w, m, inside: tf.add(tf.square(tf.div(1, m)), tf.square(tf.div(w, m))) };
}
