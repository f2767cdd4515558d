/**
 * The posterior over all the weights of a layer, as one draw and one KL of them.
 *
 * A training pass, which is one in which a gradient is taken, computes its draw and what its loss needs in the same go:
 * `scaledKL` and `kl` hand it out. It is in `ofPass`, which has to outlive the scope of the draw.
 */
import * as tf from '@tensorflow/tfjs';
import type { Estimator, OutputFunction, Weights } from '../estimators/estimator';
import { localPass } from '../estimators/localPass';
import { scaledKL, spreadAndKL, type Power } from '../gaussian/spread';
import type { LinearMap } from '../maps/map';
import { recordedTape } from '../op';
import type { GaussianTensor } from './gaussianTensor';

/** Means and variances (not stddevs) of each weight. */
export interface WeightMoments {
  mean: tf.Tensor[];
  variance: tf.Tensor[];
}

/** What one training pass computed. */
interface Pass {
  tape: object;
  spreads?: tf.Tensor[];
  /** scaledKL = c · KL */
  loss?: { scaledKL: tf.Scalar; c: number };
  /** The weights that it is of. */
  version: readonly unknown[];
}

export class BayesianWeights {
  private pass: Pass | undefined;

  constructor(readonly tensors: readonly GaussianTensor[]) {}

  get shapes(): number[][] {
    return this.tensors.map(({ shape }) => shape);
  }

  /**
   * What `outputOf` makes of one draw for X.
   *
   * @param c in a training pass, by which the loss will multiply the KL
   */
  draw(
    map: LinearMap,
    X: tf.Tensor,
    noise: readonly tf.Tensor[],
    estimator: Estimator,
    outputOf: OutputFunction,
    c: number | undefined,
  ): tf.Tensor {
    if (estimator.name !== 'local' || c === undefined || recordedTape() === undefined)
      return estimator.draw(map, X, this.forDraw(estimator.power, c), noise, outputOf);
    const pass = this.beginPass();
    const read = this.tensors.map((tensor) => tensor.read());
    const weights = { mean: read.map(({ mean }) => mean), lnStddev: read.map(({ lnStddev }) => lnStddev) };
    const priors = this.tensors.map((tensor) => tensor.prior());
    const { output, scaledKL } = localPass(map, X, weights, noise[0]!, { priors, c }, outputOf);
    pass.loss ??= { scaledKL, c };
    return output;
  }

  /** Means and stddevs^power for a draw; in a training pass (with c) with the KL beside them. Not to be disposed of. */
  forDraw(power: Power, c: number | undefined): Weights {
    if (c === undefined || recordedTape() === undefined) return this.weights(power);
    const pass = this.beginPass();
    if (pass.spreads === undefined) {
      const each = this.tensors.map((tensor) => {
        const { mean, lnStddev } = tensor.read();
        return spreadAndKL(mean, lnStddev, tensor.prior(), power);
      });
      pass.spreads = each.map(({ spread }) => spread);
      pass.loss = { scaledKL: sum(each.map(({ kl }) => kl)), c: 1 };
    }
    return { mean: this.means(), spread: pass.spreads };
  }

  /** The same from what is kept between predictions. */
  weights(power: Power): Weights {
    return { mean: this.means(), spread: this.tensors.map((tensor) => tensor.spread(power)) };
  }

  /** Means and variances, from what the draws of that power have kept. The caller tidies, and disposes of neither. */
  moments(power: Power): WeightMoments {
    const spreads = this.tensors.map((tensor) => tensor.spread(power));
    return { mean: this.means(), variance: power === 2 ? spreads : spreads.map((t) => tf.square(t)) };
  }

  /** What the draws of the training pass have left for its loss, and for one another. */
  ofPass(): tf.Tensor[] {
    const { loss, spreads = [] } = this.currentPass() ?? {};
    return loss === undefined ? spreads : [loss.scaledKL, ...spreads];
  }

  /** c · KL: a fresh scalar, or that of the pass, if it expected this c. */
  scaledKL(c: number): tf.Scalar {
    const { loss } = this.currentPass() ?? {};
    return loss?.c === c ? loss.scaledKL : tf.tidy(() => scaledKL(this.kl(), c));
  }

  /** KL from the priors in nats, a sum over all weights; a fresh scalar. */
  kl(): tf.Scalar {
    const { loss } = this.currentPass() ?? {};
    if (loss?.c === 1) return loss.scaledKL.clone();
    return tf.tidy(() => sum(this.tensors.map((tensor) => tensor.kl())));
  }

  get isGone(): boolean {
    return this.tensors.some(({ isGone }) => isGone);
  }

  /** What changes with the numbers of the weights. */
  version(): unknown[] {
    return this.tensors.flatMap((tensor) => tensor.version());
  }

  private means(): tf.Tensor[] {
    return this.tensors.map((tensor) => tensor.read().mean);
  }

  private beginPass(): Pass {
    this.tensors.forEach((tensor) => tensor.release());
    return this.currentPass() ?? (this.pass = { tape: recordedTape()!, version: this.version() });
  }

  /** The pass that the gradient now being recorded began with, if its tensors are alive and the weights the same. */
  private currentPass(): Pass | undefined {
    const { pass } = this;
    const tape = recordedTape();
    if (tape === undefined || pass?.tape !== tape || pass.loss?.scaledKL.isDisposed === true)
      return undefined;
    const version = this.version();
    return pass.version.every((part, i) => part === version[i]) ? pass : undefined;
  }
}

const sum = ([first, ...others]: tf.Scalar[]): tf.Scalar =>
  others.reduce<tf.Scalar>((total, kl) => tf.add(total, kl), first!);
