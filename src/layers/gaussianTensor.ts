/**
 * The posterior over one tensor of weights, as two variables of a layer, and its prior:
 *
 *     a ~ Normal(mean, stddev²),   stddev = exp(ln stddev),   prior Normal(m₀, p²)
 *
 * The trained variable is the logarithm, since `fit` applies no constraint and a bare stddev would cross zero. It is the
 * form that Pyro's parameter store gives a positive parameter, and the KL then needs no logarithm of the stddev.
 */
import * as tf from '@tensorflow/tfjs';
import { checkEvery, checkScales, isGone, refuse, sameShape, shownShape } from '../check';
import { klInBlocks } from '../gaussian/klInBlocks';
import type { Prior } from '../gaussian/prior';
import { spread, type Power } from '../gaussian/spread';
import { recordedTape } from '../op';
import { asFloats } from './asFloats';
import { KeptTensor, versionOf } from './keptTensor';
import type { PriorOption, TensorPrior } from './tensorPrior';

// Types, not interfaces: only then does tf.tidy take them for containers of tensors.
/* eslint-disable @typescript-eslint/consistent-type-definitions */
/** Means and stddevs (no logarithms, no variances) of the weights of one tensor, each of its shape. */
export type MeanAndStddevOfWeights = {
  mean: tf.Tensor;
  stddev: tf.Tensor;
};
/* eslint-enable */

/** How the two are called towards the layer's owner. */
export interface Labels {
  mean: string;
  stddev: string;
}

export class GaussianTensor {
  private readonly kept: KeptTensor;

  /**
   * @param name of the tensor in its layer, e.g. `kernel`
   */
  constructor(
    readonly name: string,
    private readonly mean: tf.LayerVariable,
    private readonly lnStddev: tf.LayerVariable,
    private readonly tensorPrior: TensorPrior,
    readonly labels: Labels,
  ) {
    this.kept = new KeptTensor(lnStddev.read());
    tensorPrior.livesWith(lnStddev.read());
  }

  /** The prior of the moment: its tensors are the layer's. */
  prior(): Prior {
    return this.tensorPrior.now();
  }

  /** What changes the prior, after all checks: see `TensorPrior.change`. The caller tidies. */
  priorChange(given: PriorOption): () => void {
    return this.tensorPrior.change(given);
  }

  /** What a config says of the prior. */
  priorConfig(): ReturnType<TensorPrior['config']> {
    return this.tensorPrior.config();
  }

  get shape(): number[] {
    return this.mean.shape as number[];
  }

  /** The variables' own tensors: to compute with, not to dispose of. */
  read(): { mean: tf.Tensor; lnStddev: tf.Tensor } {
    return { mean: this.mean.read(), lnStddev: this.lnStddev.read() };
  }

  get isGone(): boolean {
    return isGone(this.mean);
  }

  /** What changes with the numbers of the variables. */
  version(): unknown[] {
    return Object.values(this.read()).flatMap(versionOf);
  }

  /** stddev^power, not to be disposed of: what a draw takes. */
  spread(power: Power): tf.Tensor {
    const { lnStddev } = this.read();
    const make = (): tf.Tensor => spread(lnStddev, power);
    return recordedTape() === undefined ? this.kept.of(make, power) : make();
  }

  /** Lets go of what was kept for predictions. */
  release(): void {
    this.kept.release();
  }

  /** KL from the prior in nats, a sum over all weights; a fresh scalar. */
  kl(): tf.Scalar {
    const { mean, lnStddev } = this.read();
    return klInBlocks(mean, lnStddev, this.prior());
  }

  /** Fresh tensors in natural units. */
  posterior(): MeanAndStddevOfWeights {
    return tf.tidy(() => {
      const { mean, lnStddev } = this.read();
      return { mean: mean.clone(), stddev: tf.exp(lnStddev) };
    });
  }

  /** The prior's means and stddevs as fresh tensors of the shape of the weights. */
  priorTensors(): MeanAndStddevOfWeights {
    const { mean, stddev } = this.prior();
    const whole = (value: number | tf.Tensor): tf.Tensor =>
      typeof value === 'number' ? tf.fill(this.shape, value) : value.clone();
    return { mean: whole(mean), stddev: whole(stddev) };
  }

  /** Copies the values into the variables, unchecked. */
  write({ mean, stddev }: MeanAndStddevOfWeights): void {
    tf.tidy(() => {
      this.mean.write(mean);
      this.lnStddev.write(tf.log(stddev));
    });
  }

  /** Checked tensors for `write`: the caller tidies. @throws if a shape is another, a mean not finite or a stddev not above 0. */
  checked(who: string, mean: unknown, stddev: unknown): MeanAndStddevOfWeights {
    const { labels, shape } = this;
    const tensors = {
      mean: asFloats(who, labels.mean, mean, shape),
      stddev: asFloats(who, labels.stddev, stddev, shape),
    };
    for (const part of ['mean', 'stddev'] as const) checkShape(who, labels[part], tensors[part], shape);
    checkEvery(who, labels.mean, tensors.mean, 'must be finite everywhere', Number.isFinite);
    checkScales(who, labels.stddev, tensors.stddev);
    return tensors;
  }
}

function checkShape(who: string, name: string, tensor: tf.Tensor, shape: number[]): void {
  if (sameShape(tensor.shape, shape)) return;
  refuse(
    who,
    `${name} must have the shape ${shownShape(shape)} of the weights`,
    shownShape(tensor.shape),
    sameShape([...tensor.shape].reverse(), shape) ? 'transpose it?' : undefined,
  );
}
