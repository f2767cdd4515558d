/**
 * What draws of a model say about its targets.
 *
 *     categorical:   H[ E p ]  =  E H[ p ]   +  ( H[ E p ] − E H[ p ] )            nats
 *     Gaussian:      Var[ y ]  =  E[ σ² ]    +  Var[ mean ]                        squared unit of the targets
 *                    total        aleatoric     epistemic
 *
 * (Houlsby et al. 2011, arXiv:1112.5745, eq. 2; Depeweg et al. 2018, arXiv:1710.07283, eq. 6 and 8.) Aleatoric is what
 * the data leave open even if the weights were known, epistemic what more data could tell.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { splitEntropy, type EntropySplit } from '../numerics/entropy';
import { mixtureQuantile } from '../numerics/mixture';
import { read, type Reading } from './likelihood';
import type { Output } from './tally';

// Types, not interfaces: only then does tf.tidy take them for containers of tensors.
/* eslint-disable @typescript-eslint/consistent-type-definitions */
/** Variances (not stddevs) of a target, in its squared unit, each [N, ...outputs]. */
export type VarianceSplit = {
  total: tf.Tensor;
  aleatoric: tf.Tensor;
  epistemic: tf.Tensor;
};

export type Interval = {
  lower: tf.Tensor;
  upper: tf.Tensor;
};
/* eslint-enable */

const WHO = 'Predictive';

/**
 * What `predictive` found, for N rows. Every method makes fresh tensors that are the caller's; `dispose` frees what is
 * held here. Of a model with several outputs, `output(name or number)` is asked first.
 */
export class Predictive {
  constructor(private readonly outputs: readonly Output[]) {}

  /** Number of draws S. */
  get samples(): number {
    return this.outputs[0]!.tallies[0]?.values.count ?? 0;
  }

  /** One of several outputs, by its number or by the name of its layer; disposed of with the whole. */
  output(which: number | string): Predictive {
    const found = this.outputs.find(({ name }, i) => which === i || which === name);
    const names = this.outputs.map(({ name }) => name).join(', ');
    return new Predictive([found ?? refuse(WHO, `output must be one of ${names}`, shown(which))]);
  }

  /** The predictive mean, [N, ...outputs]: of a categorical output the predictive probabilities. */
  mean(): tf.Tensor {
    return this.overBatches((tally) => tally.values.mean());
  }

  /**
   * Variance (not stddev) over the draws of what `mean` is the mean of, 1/S Σ (y_s − mean)², [N, ...outputs]: for a
   * regression the epistemic part of the variance.
   */
  variance(): tf.Tensor {
    return this.overBatches((tally) => tally.values.variance());
  }

  /** How far the mean is from that of infinitely many draws: its standard error √(variance/(S − 1)), [N, ...outputs]. */
  standardError(): tf.Tensor {
    const { samples } = this;
    if (samples < 2) refuse(WHO, 'a standard error needs 2 draws', String(samples));
    return tf.tidy(() => tf.sqrt(tf.div(this.variance(), samples - 1)));
  }

  /**
   * The entropy of the predictive and its two parts, nats, each [N].
   *
   * @throws if the outputs are not class probabilities: rows [N, C ≥ 2], none negative, with the sum 1.
   */
  entropy(): EntropySplit {
    if (this.only().likelihood?.family !== 'categorical')
      refuse(
        WHO,
        'an entropy needs outputs that are class probabilities',
        'others',
        "let the model end in softmax, or say likelihood: {family: 'categorical', outputs: 'logits'}",
      );
    return tf.tidy(() => splitEntropy(this.mean(), this.noise()));
  }

  /** The variance of a target and its two parts. @throws if the likelihood is not Gaussian. */
  varianceSplit(): VarianceSplit {
    this.checkGaussian('the variance of a target');
    return tf.tidy(() => {
      const [aleatoric, epistemic] = [this.noise(), this.variance()];
      return { total: tf.add(aleatoric, epistemic), aleatoric, epistemic };
    });
  }

  /** Stddev of a target, the root of its total variance, [N, ...outputs]. @throws if the likelihood is not Gaussian. */
  stddev(): tf.Tensor {
    return tf.tidy(() => tf.sqrt(this.varianceSplit().total));
  }

  /**
   * The value below which a target lies with probability `level`, [N, ...outputs]: a quantile of the mixture of the
   * draws' Gaussians, which is no Gaussian itself. It needs every draw, since mean and variance do not tell it; to
   * keep them takes 4 bytes for each of S · N · outputs numbers, and no time worth mentioning.
   *
   * @param level above 0 and below 1
   * @throws if the likelihood is not Gaussian, or the draws were not asked for (`draws: true`).
   */
  quantile(level: number): tf.Tensor {
    checkLevel(level);
    this.checkGaussian('a quantile of a target');
    this.checkDraws('a quantile, or an interval, of a target');
    return tf.tidy(() => {
      const { value, noise } = this.readDraws();
      return mixtureQuantile(level, value, tf.sqrt(noise));
    });
  }

  /**
   * The central interval that holds a target with probability `level`: from the quantile (1 − level)/2 to (1 + level)/2.
   *
   * @throws as `quantile` does.
   */
  interval(level: number): Interval {
    checkLevel(level);
    return tf.tidy(() => ({
      lower: this.quantile((1 - level) / 2),
      upper: this.quantile((1 + level) / 2),
    }));
  }

  /**
   * Every draw of the model's output, [S, N, ...outputs]. Rows of one draw depend on each other as they should only with
   * `coherent: true`, or where all layers draw their weights; the local reparameterization draws each row by itself.
   *
   * @throws if the option `draws` did not ask for them. */
  draws(): tf.Tensor {
    const output = this.only();
    this.checkDraws('draws()');
    return tf.tidy(() => {
      const rows = tf.concat(
        output.tallies.map(({ draws }) => tf.concat(draws, 1)),
        0,
      );
      return tf.transpose(rows, [1, 0, ...rows.shape.slice(2).map((_, i) => i + 2)]);
    });
  }

  dispose(): void {
    this.outputs.forEach((output) => output.dispose());
  }

  private readDraws(): Reading {
    const draws = this.draws();
    return read(this.only().likelihood!, draws);
  }

  /** The mean over the draws of what stays open in each. */
  private noise(): tf.Tensor {
    return this.overBatches((tally) => tally.noise.mean());
  }

  private overBatches(f: (tally: Output['tallies'][number]) => tf.Tensor): tf.Tensor {
    const { tallies } = this.only();
    return tf.tidy(() => tf.concat(tallies.map(f), 0));
  }

  private only(): Output {
    if (this.outputs.length > 1)
      refuse(
        WHO,
        'of several outputs one must be named',
        'none',
        `e.g. output(${JSON.stringify(this.outputs[0]!.name)})`,
      );
    return this.outputs[0]!;
  }

  private checkDraws(what: string): void {
    if (!this.only().keepsDraws)
      refuse(
        WHO,
        `${what} needs the draws, which are kept where they are asked for`,
        'no draws: true',
        'predictive(model, x, {draws: true, …}), at 4 bytes for each of samples · rows · outputs numbers',
      );
  }

  private checkGaussian(what: string): void {
    if (this.only().likelihood?.family !== 'gaussian')
      refuse(
        WHO,
        `${what} needs the noise of the targets`,
        'no Gaussian likelihood',
        "predictive(model, x, {likelihood: {family: 'gaussian', stddev: …}})",
      );
  }
}

function checkLevel(level: unknown): void {
  if (typeof level !== 'number' || !(level > 0 && level < 1))
    refuse(WHO, 'level must be above 0 and below 1', shown(level));
}
