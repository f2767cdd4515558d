/**
 * Draws of a model's outputs, batch of rows by batch of rows and block of draws by block of draws: what `predictive` and
 * `predictiveStream` have in common. They differ in the order of the blocks.
 */
import * as tf from '@tensorflow/tfjs';
import { checkBoolean, checkModelAlive, checkPositiveInteger, checkSeed, refuse, shown } from '../check';
import { DRAWS_AT_ONCE } from '../noise/foldedNoise';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { warnOfBiases } from '../layers/warnings';
import { seedSequence } from '../noise/noise';
import { FoldedModel, type OpenBatch } from './foldedModel';
import { calibrationsOf, type Calibration, type GivenCalibration } from './givenCalibration';
import { checkedInputs, inputRows, type Inputs } from './inputs';
import { likelihoodsOf, isList, type LikelihoodLike } from './givenLikelihood';
import { areFinite, refuseNotFinite } from './notFinite';
import { Output } from './tally';

export interface SamplingOptions {
  /**
   * Makes the draws reproducible; any whole number. They are the same whatever `batchSize`, unless a Bayesian layer is
   * inside of a wrapper that only knows how to call it, such as `timeDistributed` around a whole model.
   * @defaultValue a different one each time
   */
  seed?: number;
  /** Rows that go through the model at once, 32 draws of each or more. @defaultValue 128 */
  batchSize?: number;
  /**
   * Every draw is one function: all rows and positions of it have the same weights, from any net, whatever it was trained
   * with. Means and variances of each number stay the same; correlations between rows, sums over rows and drawn curves
   * are right only so. A Bayesian layer that cannot fold draws as it always does. @defaultValue false
   */
  coherent?: boolean;
  /**
   * Keep all draws, S × N × outputs numbers, for `draws()`, `quantile()` and `interval()`.
   * @defaultValue as long as they are a million numbers or fewer, 4 MB
   */
  draws?: boolean;
  /**
   * What the outputs say about the targets: a loss, `gaussianNLL({stddev: 0.1})`, or the same as data,
   * `{family: 'gaussian', stddev: 0.1}`. For a model with several outputs an array, in their order, with undefined where
   * the default holds.
   * @defaultValue what the compiled loss says: one of this package, or TensorFlow.js's own crossentropies and poisson; else
   * categorical where the outputs turn out to be class probabilities
   */
  likelihood?: LikelihoodLike | ReadonlyArray<LikelihoodLike | undefined>;
  /**
   * What `calibrate` fitted, or {temperature} or {scale}; for a model with several outputs an array, in their order. It goes
   * before what the model keeps, which `calibrate` puts there; false leaves that out too.
   * @defaultValue what the model keeps, if anything
   */
  calibration?: GivenCalibration;
  /** Stops the work between two blocks of draws: the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** The options as they are now: whoever changes his objects later changes no running prediction. */
export function ownCopy<Options extends SamplingOptions>(options: Options): Options {
  const { likelihood, calibration } = options;
  // A null is refused later, for what it is.
  return {
    ...options,
    likelihood: isList<LikelihoodLike | undefined>(likelihood) ? likelihood.map(copyOf) : copyOf(likelihood),
    calibration: isList<Calibration | undefined>(calibration) ? calibration.map(copyOf) : copyOf(calibration),
  };
}

/** Of a likelihood as data; a loss is itself. */
const copyOf = <T>(one: T): T => (typeof one === 'object' && one !== null ? { ...one } : one);

/** What `checkKeys` is to know of them. */
export const SAMPLING_OPTIONS = [
  'seed',
  'batchSize',
  'coherent',
  'draws',
  'likelihood',
  'calibration',
  'signal',
];

/** So many rows of a folded batch are about what a kernel works on best. */
const FOLDED_ROWS = 4096;
/** So many numbers at most are drawn at once for the weights of a layer of weight space: 16 MB. */
const DRAWN_WEIGHTS = 2 ** 22;

export class Sampling {
  readonly outputs: Output[];
  readonly batches: number;
  /** Draws that go through the model at once. */
  readonly drawsAtOnce: number;
  private readonly folded: FoldedModel;
  private readonly open = new Map<number, OpenBatch>();
  private lastPause = Date.now();

  private constructor(
    private readonly who: string,
    private readonly model: tf.LayersModel,
    private readonly xs: tf.Tensor[],
    private readonly options: SamplingOptions & Required<Pick<SamplingOptions, 'seed' | 'batchSize'>>,
  ) {
    const likelihoods = likelihoodsOf(who, model, options.likelihood);
    const calibrations = calibrationsOf(who, model, options.calibration);
    this.folded = new FoldedModel(model, options.coherent);
    this.outputs = model.outputs.map(({ sourceLayer }, i) => {
      const calibration = calibrations[i];
      const likelihood = likelihoods[i] ?? calibration?.likelihood;
      return new Output(who, sourceLayer.name, likelihood, options.draws ?? 'cheap', calibration);
    });
    this.batches = Math.ceil(xs[0]!.shape[0] / options.batchSize);
    this.drawsAtOnce = drawsAtOnce(someBayesianLayers(who, model), this.rowsOf(0).rows, options.coherent);
  }

  /** @throws if an option or x breaks a rule, or the model holds no Bayesian layer. */
  static async of(
    who: string,
    model: tf.LayersModel,
    x: Inputs,
    options: SamplingOptions,
  ): Promise<Sampling> {
    const { seed = seedSequence()(), batchSize = 128, draws, signal } = options;
    checkPositiveInteger(who, 'batchSize', batchSize);
    checkSeed(who, seed);
    if (draws !== undefined) checkBoolean(who, 'draws', draws);
    checkBoolean(who, 'coherent', options.coherent ?? false);
    if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
      refuse(who, 'signal must be an AbortSignal', shown(signal), 'e.g. new AbortController().signal');
    signal?.throwIfAborted();
    someBayesianLayers(who, model);
    const xs = await checkedInputs(who, model, x);
    checkModelAlive(who, model);
    warnOfBiases(model);
    return new Sampling(who, model, xs, { ...options, seed, batchSize });
  }

  /** Makes some more draws for a batch of rows; what all draws share is kept until `close`. */
  async draw(batch: number, firstDraw: number, draws: number): Promise<void> {
    await this.pause();
    checkModelAlive(this.who, this.model);
    const rows = this.rowsOf(batch);
    // All draws of a block are made in one go, and so of one state of the weights.
    if (this.open.get(batch)?.isCurrent() === false) this.close(batch);
    const open = this.open.get(batch) ?? this.opened(batch);
    const ys = open.draw({ ...rows, firstDraw, draws }, this.options.seed);
    try {
      // Before the first ones are read for what they are: a NaN is no probability either.
      if (firstDraw === 0 && !(await areFinite(ys.filter((_, i) => !this.mayBeInfinite(i)))))
        await this.refuseNotFinite(batch);
      for (const [i, output] of this.outputs.entries()) await output.add(batch, ys[i]!, draws);
    } finally {
      tf.dispose(ys);
    }
  }

  /** @throws if some draws of a batch of rows are not finite, naming the layer that first makes such numbers. */
  async checkFinite(batch: number): Promise<void> {
    const moments = tf.tidy(() =>
      this.outputs.flatMap(({ tallies }) => {
        const { values, noise } = tallies[batch]!;
        return [values.mean(), values.variance(), ...(noise.count > 0 ? [noise.mean()] : [])];
      }),
    );
    try {
      if (!(await areFinite(moments))) await this.refuseNotFinite(batch);
    } finally {
      tf.dispose(moments);
    }
  }

  close(batch: number): void {
    this.open.get(batch)?.dispose();
    this.open.delete(batch);
  }

  /** Frees everything, the outputs too where they are not handed on. */
  dispose({ outputs }: { outputs: boolean }): void {
    [...this.open.keys()].forEach((batch) => this.close(batch));
    if (outputs) this.outputs.forEach((output) => output.dispose());
  }

  private opened(batch: number): OpenBatch {
    const parts = this.partsOf(batch);
    try {
      const open = this.folded.open(parts);
      this.open.set(batch, open);
      return open;
    } finally {
      tf.dispose(parts);
    }
  }

  private partsOf(batch: number): tf.Tensor[] {
    const { firstRow, rows } = this.rowsOf(batch);
    return inputRows(this.model, this.xs, firstRow, rows);
  }

  /** A logit of −Infinity is a class that cannot be. */
  private mayBeInfinite(i: number): boolean {
    const { likelihood } = this.outputs[i]!;
    return likelihood?.family === 'categorical' && likelihood.outputs === 'logits';
  }

  private async refuseNotFinite(batch: number): Promise<never> {
    const parts = this.partsOf(batch);
    try {
      return await refuseNotFinite(this.who, this.model, parts);
    } finally {
      tf.dispose(parts);
    }
  }

  private rowsOf(batch: number): { firstRow: number; rows: number } {
    const { batchSize } = this.options;
    const firstRow = batch * batchSize;
    return { firstRow, rows: Math.min(batchSize, this.xs[0]!.shape[0] - firstRow) };
  }

  /** Lets others run now and then, so that a signal can come and a page stays alive. */
  private async pause(): Promise<void> {
    if (Date.now() - this.lastPause > 30) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.lastPause = Date.now();
    }
    this.options.signal?.throwIfAborted();
  }
}

function drawsAtOnce(layers: BayesianLayer[], rows: number, coherent = false): number {
  const byRows = Math.max(1, Math.floor(FOLDED_ROWS / rows / DRAWS_AT_ONCE)) * DRAWS_AT_ONCE;
  const weights = layers
    .filter((layer) => coherent || layer.drawsWeights)
    .map((layer) => layer.countParams() / 2);
  return weights.reduce((n, size) => Math.min(n, Math.max(1, Math.floor(DRAWN_WEIGHTS / size))), byRows);
}
