/**
 * A learning rate that falls: the optimizer's own times a factor, moved before each step.
 *
 *     rate = min(1, epoch / warmup) · f(t) · rate set by the user,   t = epoch / epochs; behind t = 1 it stays
 *
 *     cosine      f = final + (1 − final) (1 + cos πt) / 2         Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5
 *     linear      f = final + (1 − final) (1 − t)
 *     step        f = max(final, 0.1^k), k of the `drops` passed   He et al. 2016, arXiv:1512.03385, section 4.2
 *
 * An epoch counts by its steps here: 2.5 is the middle of the third. (The warm-up: Goyal et al. 2017, arXiv:1706.02677,
 * section 2.2.)
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, checkWord, isTensor, refuse, shown } from '../check';
import { compiledOptimizer, thisTraining } from '../model/compiled';
import { ModelCallback } from '../model/modelCallback';
import { move, takeBack, type Kind, type Move } from './movedNumber';

export type LearningRateShape = 'cosine' | 'linear' | 'step';

export interface LearningRateScheduleOptions {
  /** Epochs until the rate has fallen. @defaultValue those of the training */
  epochs?: number;
  /** @defaultValue 'cosine' */
  shape?: LearningRateShape;
  /** Epochs in which the rate rises to the user's along a line, before it falls; parts of one too. @defaultValue 0 */
  warmup?: number;
  /** What part of the rate is left at the end, from 0 to 1. @defaultValue 0 */
  final?: number;
  /** Where `step` divides the rate by 10, in parts of `epochs`, rising. @defaultValue [0.5, 0.75] */
  drops?: readonly number[];
}

const WHO = 'learningRateSchedule';

export const LEARNING_RATE_SHAPES: readonly LearningRateShape[] = ['cosine', 'linear', 'step'];

/**
 * A callback for `fit` and `fitDataset` that moves the learning rate of the compiled optimizer, `adam()` or any
 * `tf.Optimizer` with a `learningRate`; for models with Bayesian layers and without.
 *
 * The rate of a step depends on its epoch and its place in it alone: `initialEpoch` resumes where training was broken off.
 * (Of a dataset of unknown size the first epoch tells the number of steps; all of that epoch has the rate of its middle.)
 * Between steps and after training the optimizer has the rate again that its user set, so
 * that a model saved there holds that rate; so it is where an error breaks training off. What is set meanwhile is the
 * user's rate from then on.
 *
 * @throws if an option is unknown or out of range; when training begins, if the optimizer has no learning rate, the warm-up
 * is as long as the training, or another learningRateSchedule is in the list.
 *
 * @example
 * const callbacks = [learningRateSchedule({ shape: 'cosine', warmup: 2 }), elboReport()];
 * await model.fit(x, y, { epochs: 20, callbacks });
 */
export function learningRateSchedule(options: LearningRateScheduleOptions = {}): tf.Callback {
  return new LearningRateSchedule(options);
}

/** The optimizer of a model. @throws if it has no learning rate that can be moved. */
export function optimizerWithRate(who: string, model: tf.LayersModel): tf.Optimizer & Rate {
  const optimizer = compiledOptimizer(who, model, 'since the learning rate is its optimizer’s');
  const { learningRate } = optimizer as Partial<Rate>;
  if (typeof learningRate !== 'number')
    refuse(
      who,
      'the optimizer must have a learningRate, a number',
      `${optimizer.constructor.name} with ${shown(learningRate)}`,
      'adam() and those of tf.train have one',
    );
  return optimizer as tf.Optimizer & Rate;
}

interface Rate {
  learningRate: number;
}

class LearningRateSchedule extends ModelCallback {
  private readonly epochs: number | undefined;
  private readonly warmup: number;
  /** f(t) for t in [0, 1]. */
  private readonly factorAt: (t: number) => number;
  private optimizer: tf.Optimizer | undefined;
  private total = 1;
  private epoch = 0;
  private steps: number | undefined;
  private seen = 0;
  private now: Move | undefined;

  constructor(options: LearningRateScheduleOptions) {
    super(WHO);
    checkKeys(WHO, options, ['epochs', 'shape', 'warmup', 'final', 'drops']);
    const { epochs, shape = 'cosine', warmup = 0, final = 0, drops } = options;
    if (epochs !== undefined) checkPositiveInteger(WHO, 'epochs', epochs);
    checkWord(WHO, 'shape', shape, LEARNING_RATE_SHAPES);
    checkPart('final', final);
    if (typeof warmup !== 'number' || !(warmup >= 0 && warmup < (epochs ?? Infinity)))
      refuse(WHO, 'warmup must be a number of epochs, at least 0 and below `epochs`', shown(warmup));
    if (drops !== undefined && shape !== 'step')
      refuse(WHO, "drops belong to the shape 'step'", `shape ${shown(shape)}`);
    this.epochs = epochs;
    this.warmup = warmup;
    this.factorAt = shapeOf(shape, final, checkedDrops(drops ?? [0.5, 0.75]));
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    this.optimizer = optimizerWithRate(WHO, this.model);
    const { params } = this;
    const { history } = this.model;
    this.total = this.epochs ?? (params.epochs as number);
    if (this.warmup >= this.total)
      refuse(WHO, `warmup must be below the ${this.total} epochs of the training`, String(this.warmup));
    const other = scheduleOf.get(history);
    if (other !== undefined && other !== this)
      refuse(
        WHO,
        'a training may have only one learningRateSchedule',
        'two in its list of callbacks',
        'leave one out',
      );
    scheduleOf.set(history, this);
    this.steps = stepsOf(params);
  }

  override onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
    this.seen = 0;
    return Promise.resolve();
  }

  override onBatchBegin(batch: number): Promise<void> {
    const { model, optimizer } = this;
    this.giveBack();
    this.now = { factor: this.factorOf(batch), holds: thisTraining(model) };
    move(optimizer!, 'learningRate', this.now);
    if (holdsTensor(optimizer!)) move(optimizer!, 'c', this.now, tensorKind());
    return Promise.resolve();
  }

  override onBatchEnd(batch: number): Promise<void> {
    this.seen = batch + 1;
    this.giveBack();
    return Promise.resolve();
  }

  override onEpochEnd(): Promise<void> {
    this.steps ??= this.seen;
    return Promise.resolve();
  }

  private factorOf(batch: number): number {
    const { epoch, steps, warmup, total } = this;
    const [begin, end] =
      steps === undefined ? [epoch + 0.5, epoch + 0.5] : [epoch + batch / steps, epoch + (batch + 1) / steps];
    // The first step of a warm-up moves already.
    const risen = warmup === 0 ? 1 : Math.min(1, end / warmup);
    return risen * this.factorAt(Math.min(1, begin / total));
  }

  private giveBack(): void {
    const { now, optimizer } = this;
    if (now !== undefined) for (const key of ['learningRate', 'c']) takeBack(optimizer!, key, now);
    this.now = undefined;
  }
}

/** By the history of a training, of which TensorFlow.js makes a new one each time. */
const scheduleOf = new WeakMap<tf.History, LearningRateSchedule>();

/** What TensorFlow.js tells callbacks; null is how it says that it does not know. */
interface Params {
  samples: number | null;
  batchSize: number | null;
  steps: number | null;
}

/** Steps of an epoch, where they are known before it. */
function stepsOf({ samples, batchSize, steps }: Partial<Params>): number | undefined {
  if (steps != null && Number.isFinite(steps)) return steps;
  return samples != null && batchSize != null ? Math.ceil(samples / batchSize) : undefined;
}

/** `tf.train.sgd` and `momentum` compute with a scalar that they keep, minus the rate. */
const holdsTensor = (optimizer: object): boolean => isTensor((optimizer as { c?: unknown }).c);

/** Reading it twice, to see whether it is there and to dispose of it, makes one tensor. */
function tensorKind(): Kind<tf.Tensor> {
  let last: { c: tf.Tensor; factor: number; moved: tf.Tensor } | undefined;
  return {
    times(c, factor) {
      if (last?.c !== c || last.factor !== factor || last.moved.isDisposed)
        last = { c, factor, moved: tf.mul(c, factor) };
      return last.moved;
    },
    drop: (c) => {
      c.dispose();
    },
  };
}

function shapeOf(shape: LearningRateShape, final: number, drops: readonly number[]): (t: number) => number {
  const fallen = (part: number): number => final + (1 - final) * part;
  if (shape === 'cosine') return (t) => fallen((1 + Math.cos(Math.PI * t)) / 2);
  if (shape === 'linear') return (t) => fallen(1 - t);
  return (t) => Math.max(final, 0.1 ** drops.filter((drop) => t >= drop).length);
}

function checkedDrops(drops: unknown): readonly number[] {
  const rule = 'drops must be parts of the epochs, numbers above 0 and below 1 that rise';
  if (!Array.isArray(drops)) return refuse(WHO, rule, shown(drops), 'e.g. [0.5, 0.75]');
  const parts = [...(drops as unknown[])] as number[];
  const isFine = (part: unknown, i: number): boolean =>
    typeof part === 'number' && part > (parts[i - 1] ?? 0) && part < 1;
  if (parts.length === 0 || !parts.every(isFine)) refuse(WHO, rule, shown(drops), 'e.g. [0.5, 0.75]');
  return parts;
}

function checkPart(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    refuse(WHO, `${name} must be a number from 0 to 1`, shown(value));
}
