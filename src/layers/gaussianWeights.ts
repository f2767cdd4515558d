/**
 * The posterior over a matrix of weights, as two variables of a layer:
 *
 *     A ~ Normal(A_mean, A_scale²),   A_scale = exp(A_scale_unconstrained)
 *
 * The trained variable is the logarithm, since `fit` applies no constraint and a bare scale would cross zero. It is the
 * form that Pyro's parameter store gives a positive parameter, and the KL then needs no logarithm of the scale.
 */
import * as tf from '@tensorflow/tfjs';
import {
  checkEvery,
  checkKeys,
  checkScales,
  checkTensor,
  isGone,
  refuse,
  sameShape,
  shown,
  shownShape,
} from '../check';
import { klFromPrior } from '../gaussian/kl';
import { KeptTensor, versionOf } from './keptTensor';
import { recordedTape } from '../op';
import type { Estimator } from '../estimators/estimator';
import { localPass } from '../estimators/localPass';
import { scaledKL, spread, spreadAndKL, type Power } from '../gaussian/spread';
import { dense } from '../maps/dense';
import type { TensorFunction } from './activation';
import type { Posterior } from './bayesian';
import { isArrayLike } from './prior';

/** Means and stddevs [D, H] as a caller has them: tensors, or nested arrays. */
export type PosteriorLike = Record<keyof Posterior, tf.Tensor | ReadonlyArray<ArrayLike<number>>>;

/** Means and variances (not stddevs) of the weights, [D, H]. */
export interface WeightMoments {
  A_mean: tf.Tensor;
  A_variance: tf.Tensor;
}

/** What one training pass computed. */
interface Pass {
  tape: object;
  spread?: tf.Tensor;
  prior?: number | tf.Tensor;
  /** scaledKL = c · KL */
  loss?: { scaledKL: tf.Scalar; c: number };
  /** The data of A_mean and ln A_scale. */
  of: [object, object];
}

export class GaussianWeights {
  private readonly A_mean: tf.LayerVariable;
  private readonly A_scale_unconstrained: tf.LayerVariable;
  private readonly kept: KeptTensor;
  private pass: Pass | undefined;

  /** @param variable makes a trainable variable [D, H] of the layer. */
  constructor(variable: (name: string) => tf.LayerVariable, initial: Posterior) {
    this.A_mean = variable('A_mean');
    this.A_scale_unconstrained = variable('A_scale_unconstrained');
    this.kept = new KeptTensor(this.A_scale_unconstrained.read());
    this.write(initial);
  }

  /** The variables' own tensors: to compute with, not to dispose of. */
  read(): { A_mean: tf.Tensor; ln_A_scale: tf.Tensor } {
    return { A_mean: this.A_mean.read(), ln_A_scale: this.A_scale_unconstrained.read() };
  }

  /** Are the variables disposed of? */
  get isGone(): boolean {
    return isGone(this.A_mean);
  }

  /** What changes with their numbers. */
  version(): unknown[] {
    return Object.values(this.read()).flatMap(versionOf);
  }

  /**
   * One draw of the output for X [..., D].
   *
   * With a prior in a training pass, which is one in which a gradient is taken: then what its loss needs is computed in
   * the same go, and `scaledKL` and `kl` hand it out. It is in `ofPass`, which has to outlive the scope of the draw.
   *
   * @param prior its stddev p, and c, by which the loss will multiply the KL.
   */
  draw(
    X: tf.Tensor,
    noise: tf.Tensor,
    estimator: Estimator,
    outputOf: TensorFunction,
    prior?: { p: tf.TensorLike; c: number },
  ): tf.Tensor {
    const { A_mean, ln_A_scale } = this.read();
    const tape = prior === undefined ? undefined : recordedTape();
    const output = (A_spread: tf.Tensor): tf.Tensor =>
      estimator.draw(dense, X, { mean: [A_mean], spread: [A_spread] }, [noise], outputOf);
    if (tape === undefined) return output(this.spread(estimator.power));
    this.kept.release();
    const pass = this.currentPass() ?? (this.pass = { tape, of: [A_mean.dataId, ln_A_scale.dataId] });
    const { p, c } = prior!;
    const stddev = asPrior(p);
    if (typeof stddev === 'number' && estimator.name === 'local') {
      const weights = { mean: [A_mean], lnStddev: [ln_A_scale] };
      const priors = [{ mean: 0, stddev }];
      const { output, scaledKL } = localPass(dense, X, weights, noise, { priors, c }, outputOf);
      pass.loss ??= { scaledKL, c };
      return output;
    }
    if (pass.spread === undefined) {
      const { spread, kl } = spreadAndKL(A_mean, ln_A_scale, { mean: 0, stddev }, estimator.power);
      Object.assign(pass, { spread, loss: { scaledKL: kl, c: 1 }, prior: stddev });
    }
    return output(pass.spread!);
  }

  /** What the draws of the training pass have left for its loss, and for one another. */
  ofPass(): tf.Tensor[] {
    const { loss, spread, prior } = this.currentPass() ?? {};
    return [loss?.scaledKL, spread, prior].filter((t) => t instanceof tf.Tensor);
  }

  /** A_scale^power, not to be disposed of: what a draw takes. */
  spread(power: Power): tf.Tensor {
    const { ln_A_scale } = this.read();
    const make = (): tf.Tensor => spread(ln_A_scale, power);
    return recordedTape() === undefined ? this.kept.of(make) : make();
  }

  /** A_mean and A_scale², from what the draws of that power have kept. The caller tidies, and disposes of neither. */
  moments(power: Power): WeightMoments {
    const A_spread = this.spread(power);
    return { A_mean: this.read().A_mean, A_variance: power === 2 ? A_spread : tf.square(A_spread) };
  }

  /** c · KL of the prior's stddev p: a fresh scalar, or that of the pass, if it expected this c. */
  scaledKL(p: tf.TensorLike, c: number): tf.Scalar {
    const { loss } = this.currentPass() ?? {};
    return loss?.c === c ? loss.scaledKL : tf.tidy(() => scaledKL(this.kl(p), c));
  }

  /** KL from the prior Normal(0, p²) in nats, a sum over all weights; a fresh scalar. */
  kl(A_prior_scale: tf.TensorLike): tf.Scalar {
    const { loss } = this.currentPass() ?? {};
    if (loss?.c === 1) return loss.scaledKL.clone();
    return tf.tidy(() => {
      const { A_mean, ln_A_scale } = this.read();
      const p = tf.tensor(A_prior_scale);
      return klFromPrior(A_mean, tf.sub(ln_A_scale, tf.log(p)), p);
    });
  }

  /** Fresh tensors in natural units. */
  posterior(): Posterior {
    return tf.tidy(() => {
      const { A_mean, ln_A_scale } = this.read();
      return { A_mean: A_mean.clone(), A_scale: tf.exp(ln_A_scale) } as Posterior;
    });
  }

  /** Copies the values. @throws if a shape is not [D, H], a mean not finite or a scale not above 0; nothing is changed then. */
  setPosterior(who: string, given: PosteriorLike): void {
    checkKeys(who, given, ['A_mean', 'A_scale']);
    for (const name of ['A_mean', 'A_scale'] as const)
      if (given[name] == null)
        refuse(who, `${name} must be given`, shown(given), 'what is to stay comes from posterior()');
    tf.tidy(() => {
      const shape = this.A_mean.shape as number[];
      const A_mean = asFloats(who, 'A_mean', given.A_mean, shape);
      const A_scale = asFloats(who, 'A_scale', given.A_scale, shape);
      for (const [name, tensor] of Object.entries({ A_mean, A_scale }))
        if (!sameShape(tensor.shape, shape))
          refuse(
            who,
            `${name} must have the shape ${shownShape(shape)} of the weights`,
            shownShape(tensor.shape),
            sameShape([...tensor.shape].reverse(), shape) ? 'transpose it?' : undefined,
          );
      checkEvery(who, 'A_mean', A_mean, 'must be finite everywhere', Number.isFinite);
      checkScales(who, 'A_scale', A_scale);
      this.write({ A_mean, A_scale } as Posterior);
    });
  }

  /** The pass that the gradient now being recorded began with, if its tensors are alive and the weights the same. */
  private currentPass(): Pass | undefined {
    const { pass } = this;
    const tape = recordedTape();
    if (tape === undefined || pass?.tape !== tape || pass.loss?.scaledKL.isDisposed === true)
      return undefined;
    const { A_mean, ln_A_scale } = this.read();
    return pass.of[0] === A_mean.dataId && pass.of[1] === ln_A_scale.dataId ? pass : undefined;
  }

  private write({ A_mean, A_scale }: Posterior): void {
    tf.tidy(() => {
      this.A_mean.write(A_mean);
      this.A_scale_unconstrained.write(tf.log(A_scale));
    });
  }
}

const asPrior = (prior: tf.TensorLike): number | tf.Tensor =>
  typeof prior === 'number' ? prior : tf.tensor(prior);

/** A tensor of any kind of numbers, or arrays of them, plain or typed, of any precision. */
function asFloats(who: string, name: string, given: unknown, shape: readonly number[]): tf.Tensor {
  if (!isArrayLike(given)) checkTensor(who, name, given);
  else {
    const rows = Array.from(given).map((row) => (isArrayLike(row) ? Array.from(row) : []));
    const isMatrix = rows.every(
      (row) => row.length === rows[0]!.length && row.every((v) => typeof v === 'number'),
    );
    if (!isMatrix || rows.length === 0 || rows[0]!.length === 0)
      refuse(
        who,
        `${name} must have the shape ${shownShape(shape)} of the weights, as a tensor or as rows of numbers`,
        shown(given),
      );
    return tf.tensor2d(rows as number[][]);
  }
  if (!['float32', 'int32', 'bool'].includes(given.dtype))
    refuse(who, `${name} must hold real numbers`, shown(given));
  return given.toFloat();
}
