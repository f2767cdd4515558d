/**
 * What draws of a model say about its targets.
 *
 *     variance:      Var[ y ]  =  E[ Var[ y | s ] ]  +  Var[ E[ y | s ] ]          squared unit of the targets
 *     entropy:       H[ E p ]  =  E H[ p ]           +  ( H[ E p ] − E H[ p ] )    nats
 *                    total        aleatoric             epistemic
 *
 * (Depeweg et al. 2018, arXiv:1710.07283, eq. 6 and 8; Houlsby et al. 2011, arXiv:1112.5745, eq. 2.) Aleatoric is what the
 * data leave open even if the weights were known, epistemic what more data could tell.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { familyOf } from '../families/familyOf';
import { entropyOfLabel } from '../families/labels';
import type { Likelihood } from '../likelihoods/likelihood';
import { entropy, splitEntropy, type EntropySplit } from '../numerics/entropy';
import { drawsTensor, quantileTensor } from './keptDraws';
import { CHEAP, type Output } from './tally';

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
 *
 * @example
 * const p = await predictive(model, xNew, { samples: 100 });
 * const [mean, stddev] = [p.mean(), p.stddev()]; // [5, 1] each
 * console.log(p.samples); // 100
 * p.dispose();
 */
export class Predictive {
  constructor(private readonly outputs: readonly Output[]) {}

  /** Number of draws S. */
  get samples(): number {
    return this.outputs[0]!.tallies[0]?.values.count ?? 0;
  }

  /**
   * What the targets are taken for: as the option said it, the compiled loss, a calibration, or what the outputs look like.
   * Of several outputs, `output` is asked first.
   */
  get likelihood(): Likelihood | undefined {
    return this.only().likelihood;
  }

  /**
   * One of several outputs, by its number or by the name of its layer; disposed of with the whole.
   *
   * @throws if there is none of that name or number.
   *
   * @example
   * const p = await predictive(twoHeaded, xNew); // a model with outputs of the names height and kind
   * const height = p.output('height').mean();
   * const { epistemic } = p.output('kind').entropy();
   */
  output(which: number | string): Predictive {
    const found = this.outputs.find(({ name }, i) => which === i || which === name);
    const names = this.outputs.map(({ name }) => name).join(', ');
    return new Predictive([found ?? refuse(WHO, `output must be one of ${names}`, shown(which))]);
  }

  /**
   * The predictive mean of a target, [N, ...outputs]: of classes and labels their probabilities, of counts the mean of the
   * rates. Without a likelihood the mean of the outputs.
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 100 });
   * const mean = p.mean(); // [5, 1]
   */
  mean(): tf.Tensor {
    const output = this.only();
    this.checkMoment(output, 'mean');
    return this.overBatches((tally) => tally.values.mean());
  }

  /**
   * The predictive variance (not stddev) of a target, [N, ...outputs], noise included; of a class or label that of its
   * indicator. Without a likelihood the noise is not known, and it is the variance of the outputs over the draws: their
   * epistemic part, too small for an error bar of a target.
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 100 });
   * const variance = p.variance(); // the known noise 0.1² and what the weights leave open
   */
  variance(): tf.Tensor {
    if (this.only().likelihood === undefined) return this.overDraws();
    return tf.tidy(() => this.varianceSplit().total);
  }

  /**
   * Stddev of a target: the root of `variance()`, [N, ...outputs].
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 100 });
   * const stddev = p.stddev(); // error bars, in the unit of the targets
   */
  stddev(): tf.Tensor {
    return tf.tidy(() => tf.sqrt(this.variance()));
  }

  /**
   * How far the mean is from that of infinitely many draws: its standard error √(epistemic/(S − 1)), [N, ...outputs].
   *
   * @throws if there is one draw.
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 100 });
   * p.standardError().max().print(); // too much? take more samples
   */
  standardError(): tf.Tensor {
    const { samples } = this;
    if (samples < 2) refuse(WHO, 'a standard error needs 2 draws', String(samples));
    return tf.tidy(() => tf.sqrt(tf.div(this.overDraws(), samples - 1)));
  }

  /**
   * The variance of a target and its two parts, 1/S and not 1/(S − 1). @throws if there is no likelihood.
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 100 });
   * const { total, aleatoric, epistemic } = p.varianceSplit();
   * aleatoric.max().print(); // 0.01
   */
  varianceSplit(): VarianceSplit {
    const output = this.only();
    const likelihood = this.known('the variance of a target');
    this.checkMoment(output, 'variance');
    const factor = (output.calibration?.scale ?? 1) ** 2;
    return tf.tidy(() => {
      const noise = this.overBatches(({ values, noise }) => {
        const value = { mean: values.mean(), variance: values.variance() };
        return familyOf(likelihood).aleatoric(likelihood, value, noise.count > 0 ? noise.mean() : undefined);
      });
      const [aleatoric, epistemic] = [tf.mul(factor, noise), tf.mul(factor, this.overDraws())];
      return { total: tf.add(aleatoric, epistemic), aleatoric, epistemic };
    });
  }

  /**
   * The entropy of the predictive and its two parts, nats: of classes each [N], of labels that are yes or no each
   * [N, ...outputs].
   *
   * @throws if the outputs are neither.
   *
   * @example
   * const p = await predictive(classifier, xNew, { samples: 100 });
   * const { total, aleatoric, epistemic } = p.entropy(); // [5] each
   */
  entropy(): EntropySplit {
    const { likelihood } = this.only();
    if (likelihood?.family !== 'categorical' && likelihood?.family !== 'bernoulli')
      refuse(
        WHO,
        'an entropy needs outputs that are class probabilities, or those of labels',
        likelihood === undefined ? 'others' : `a ${likelihood.family} likelihood`,
        'let the model end in softmax, or name the loss: likelihood: categoricalNLL({outputs: "logits"})',
      );
    const of = likelihood.family === 'categorical' ? entropy : entropyOfLabel;
    return tf.tidy(() =>
      splitEntropy(
        of(this.mean()),
        this.overBatches((tally) => tally.entropy.mean()),
      ),
    );
  }

  /**
   * The value below which a target lies with probability `level`, [N, ...outputs]: a quantile of the mixture of the draws'
   * distributions; of counts the least whole number with that probability at it and below, of labels 0 or 1. It needs every
   * draw, since mean and variance do not tell it.
   *
   * @param level above 0 and below 1
   * @throws if there is no likelihood, or it is of classes, which have no order; if the draws were not kept.
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 100 });
   * const median = p.quantile(0.5); // [5, 1]
   */
  quantile(level: number): tf.Tensor {
    checkLevel(level);
    const output = this.only();
    const what = 'a quantile, or an interval, of a target';
    const likelihood = this.known(what);
    if (familyOf(likelihood).quantile === undefined)
      refuse(
        WHO,
        `${what} needs targets that have an order`,
        `a ${likelihood.family} likelihood`,
        'mean() has the probabilities of the classes',
      );
    this.checkDraws(what);
    return this.scaled(output, quantileTensor(output, likelihood, level));
  }

  /**
   * The central interval that holds a target with probability `level`: from the quantile (1 − level)/2 to (1 + level)/2.
   *
   * @throws as `quantile` does.
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 100 });
   * const { lower, upper } = p.interval(0.9); // [5, 1] each
   */
  interval(level: number): Interval {
    checkLevel(level);
    return { lower: this.quantile((1 - level) / 2), upper: this.quantile((1 + level) / 2) };
  }

  /**
   * Every draw of the model's output, [S, N, ...outputs]. Rows of one draw depend on each other as they should only with
   * `coherent: true`, or where all layers draw their weights; the local reparameterization draws each row by itself.
   *
   * With a calibration they are the calibrated ones: a scale moves means away from that of the draws, and multiplies stddevs
   * where the output holds them; one that is known is in no output, and is then to be multiplied: gaussianNLL({stddev: scale
   * · σ}).
   *
   * @throws if they were not kept: they are a million numbers or fewer, or the option `draws` asks for them.
   *
   * @example
   * const p = await predictive(model, xNew, { samples: 30, coherent: true });
   * console.log(p.draws().shape); // [30, 5, 1]
   * const sums = p.draws().sum([1, 2]); // of all rows, by draw
   */
  draws(): tf.Tensor {
    const output = this.only();
    this.checkDraws('draws()');
    return drawsTensor(output);
  }

  /**
   * Frees the draws and moments that are held here; what the methods returned stays the caller's.
   *
   * @example
   * const p = await predictive(model, xNew);
   * const mean = p.mean();
   * p.dispose(); // mean is still there
   */
  dispose(): void {
    this.outputs.forEach((output) => output.dispose());
  }

  /**
   * Says of each output how many rows, numbers and draws there are, and its family.
   *
   * @example
   * console.log(String(await predictive(model, xNew)));
   */
  toString(): string {
    const parts = this.outputs.map(({ name, tallies, shape, likelihood, keepsDraws, disposed }) => {
      if (disposed) return `${name}: disposed`;
      const { samples } = this;
      const rows = tallies.reduce((sum, { values }) => sum + values.rows, 0);
      return (
        `${name}: ${rows} rows of [${shape.join(', ')}], ${samples} draws${keepsDraws ? '' : ', not kept'}, ` +
        (likelihood?.family ?? 'no likelihood')
      );
    });
    return `Predictive(${parts.join('; ')})`;
  }

  /** Quantiles, stretched about the mean of the draws by the scale of a calibration. */
  private scaled({ calibration, tallies }: Output, q: tf.Tensor): tf.Tensor {
    const { scale } = calibration ?? {};
    if (scale === undefined) return q;
    const stretched = tf.tidy(() => {
      const m = tf.concat(
        tallies.map(({ values }) => values.mean()),
        0,
      );
      return tf.add(m, tf.mul(scale, tf.sub(q, m)));
    });
    q.dispose();
    return stretched;
  }

  /** The variance of E[y | s] over the draws: the epistemic part. */
  private overDraws(): tf.Tensor {
    return this.overBatches((tally) => tally.values.variance());
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
    const [output] = this.outputs;
    if (output!.disposed) refuse(WHO, 'it must not be disposed of before it is read', 'a disposed one');
    return output!;
  }

  private known(what: string): Likelihood {
    return (
      this.only().likelihood ??
      refuse(
        WHO,
        `${what} needs the likelihood of the targets`,
        'none, and no compiled loss that tells it',
        'e.g. predictive(model, x, {likelihood: gaussianNLL({stddev: …})})',
      )
    );
  }

  private checkMoment({ likelihood }: Output, what: 'mean' | 'variance'): void {
    const flaw = likelihood && familyOf(likelihood).lacks?.(likelihood, what);
    if (flaw !== undefined) refuse(WHO, flaw.rule, flaw.got, flaw.remedy);
  }

  private checkDraws(what: string): void {
    if (!this.only().keepsDraws)
      refuse(
        WHO,
        `${what} needs the draws, which are kept by default up to ${CHEAP} numbers`,
        'more, or draws: false',
        'predictive(model, x, {draws: true, …}), at 4 bytes for each of samples · rows · outputs numbers',
      );
  }
}

function checkLevel(level: unknown): void {
  if (typeof level !== 'number' || !(level > 0 && level < 1))
    refuse(WHO, 'level must be above 0 and below 1', shown(level));
}
