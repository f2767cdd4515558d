/**
 * What draws of a model's output say about its targets: a distribution for each draw, and so the mixture of them,
 *
 *     p(y | x) ≈ 1/S Σ_s p(y | output_s),     E[y] = E[ E[y | s] ],     Var[y] = E[ Var[y | s] ] + Var[ E[y | s] ]
 *
 * (Depeweg et al. 2018, arXiv:1710.07283, eq. 8.) The first term of the variance is aleatoric, what the data leave open even
 * if the weights were known; the second is epistemic, what the weights leave open.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Moments } from '../gaussian/moments';
import type { Likelihood } from '../likelihoods/likelihood';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type Reading = {
  /** E[y | s]: a mean, a rate, or the probabilities of classes or labels. */
  value: tf.Tensor;
  /** Var[y | s], where every draw has its own: noise that the output tells. */
  noise?: tf.Tensor;
  /** Nats: of a distribution over classes (one axis less), or of each label. */
  entropy?: tf.Tensor;
};

/** What is wrong, for an error. */
export interface Flaw {
  rule: string;
  got: string;
  remedy?: string;
}

/** The draws of one target: S numbers of the output, and its S raw scales where the output holds them. */
export interface Draws {
  outputs: Float64Array;
  rawScales: Float64Array;
}

export interface Family<L extends Likelihood = Likelihood> {
  /** Its options, `family` apart. @throws if one is wrong; names them in the message. */
  readonly keys: readonly string[];
  checkOptions: (who: string, given: Readonly<Record<string, unknown>>) => void;
  /** What is wrong with an output of this shape, rows first. */
  shapeFlaw?: (likelihood: L, shape: readonly number[]) => Flaw | undefined;
  /** What is wrong with the values of draws [..., outputs], the first of them. */
  valueFlaw?: (likelihood: L, output: tf.Tensor) => Promise<Flaw | undefined>;
  /** Reads draws [..., outputs]. */
  read: (likelihood: L, output: tf.Tensor) => Reading;
  /** The same of an output that is known by its moments alone, and is taken for Gaussian: those of E[y | s]. */
  readMoments: (likelihood: L, output: Moments) => { value: Moments; noise?: tf.Tensor };
  /** E[ Var[y | s] ] from the moments of E[y | s], and the mean of the noise where there is one. */
  aleatoric: (likelihood: L, value: Moments, noise?: tf.Tensor) => tf.Tensor;
  /** Does the last axis hold K raw scales behind K numbers? */
  hasRawScales: (likelihood: L) => boolean;
  /** The level's quantile of the mixture of S draws of one target; none where targets have no order. */
  quantile?: (likelihood: L, level: number, draws: Draws) => number;
  /** What calibrates it after training; see `predict/givenCalibration.ts`. */
  calibratedBy?: 'temperature' | 'scale';
  /** ln of the probabilities of draws [..., outputs] but for a constant a row; of labels the logarithm of the odds. */
  logits?: (likelihood: L, output: tf.Tensor) => tf.Tensor;
  /** Draws [..., outputs] with the logits divided by T, in the form that they have. */
  tempered?: (likelihood: L, output: tf.Tensor, T: number) => tf.Tensor;
  /** ln p(y | s) of a target with noise around one number of a draw, whose raw scale is read where it has one. */
  lnDensity?: (likelihood: L, y: number, output: number, rawScale: number) => number;
  /** Why a target has no mean, or no variance. */
  lacks?: (likelihood: L, what: 'mean' | 'variance') => Flaw | undefined;
}
