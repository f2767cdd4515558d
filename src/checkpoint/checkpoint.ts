/** Saves a model in training at the end of epochs, so that training can go on from there, or from the best of them. */
import type * as tf from '@tensorflow/tfjs';
import { checkBoolean, checkKeys, checkPositiveInteger, refuse, shown } from '../check';
import { isBetter, metricOf, MODES, type BestMode } from './bestEpoch';
import { canBeLoaded, checkDestination, inMemory, type Destination } from './checkpointPlaces';
import { ModelCallback } from '../model/modelCallback';
import { checkSavable, restoreCheckpoint, savedBest, saveTraining } from './savedTraining';

export interface CheckpointOptions {
  /** Saves behind each epoch whose number is a multiple of it, and at the end of training. Not with `best`. @defaultValue 1 */
  every?: number;
  /**
   * A metric of the logs: saves behind each epoch in which it is better than ever before, and at no other time. Training
   * that goes on with an `initialEpoch` goes on from the best that was saved. `val_negElbo` is there behind an `elboReport`
   * in the list.
   */
  best?: string;
  /**
   * Is the best the smallest, `min`, or the greatest, `max`? `auto` takes what ends in accuracy (acc), elbo, auc, auroc,
   * precision, recall or logPredictiveDensity as rising, and all else, `negElbo` too, as falling. @defaultValue 'auto'
   */
  mode?: BestMode;
  /**
   * Restores the best epoch, weights and optimizer, when training ends. @defaultValue false; true without a URL
   */
  restoreBest?: boolean;
}

type Logs = NonNullable<Parameters<tf.Callback['onEpochEnd']>[1]>;

const WHO = 'checkpoint';

/**
 * A callback for `fit` and `fitDataset` that calls `saveCheckpoint` at the end of epochs.
 *
 * A model with a weight that is NaN or infinite is not saved: it is warned about once, what was saved before is kept, and
 * training goes on.
 *
 * @throws if an option is unknown or wrong, or the scheme of the URL is; when training begins, if layers or optimizer
 * cannot be saved; behind the first epoch, if the logs do not hold the metric `best`.
 *
 * @example
 * await model.fit(x, y, { epochs: 5, callbacks: checkpoint('indexeddb://digits', { every: 5 }) });
 * // Another day: build or load the model, compile it, then
 * const { epoch } = await restoreCheckpoint(model, 'indexeddb://digits');
 * await model.fit(x, y, { initialEpoch: epoch, epochs: 10 });
 *
 * @example
 * // The best epoch is what is left of it: kept in memory, here.
 * const callbacks = [elboReport(), checkpoint({ best: 'val_negElbo' })];
 * await model.fit(x, y, { epochs: 10, validationData: [heldOut.x, heldOut.y], callbacks });
 */
export function checkpoint(to: Destination, options?: CheckpointOptions): tf.Callback;
export function checkpoint(options: CheckpointOptions & { best: string }): tf.Callback;
export function checkpoint(to: Destination | CheckpointOptions, options?: CheckpointOptions): tf.Callback {
  if (options === undefined && isOptions(to))
    return new Checkpoint(inMemory(), { ...to, restoreBest: to.restoreBest ?? true });
  return new Checkpoint(to as Destination, options ?? {});
}

const isOptions = (to: unknown): to is CheckpointOptions =>
  typeof to === 'object' && to !== null && 'best' in to && !('save' in to);

class Checkpoint extends ModelCallback {
  private readonly every: number;
  private readonly best: string | undefined;
  private readonly mode: BestMode;
  private readonly restoreBest: boolean;
  private done = 0;
  private saved = 0;
  private bestValue: number | undefined;
  private hasWarned = false;

  constructor(
    private readonly to: Destination,
    options: CheckpointOptions,
  ) {
    super(WHO);
    checkKeys(WHO, options, ['every', 'best', 'mode', 'restoreBest']);
    const { every, best, mode = 'auto', restoreBest = false } = options;
    checkPositiveInteger(WHO, 'every', every ?? 1);
    checkBoolean(WHO, 'restoreBest', restoreBest);
    if (!MODES.includes(mode)) refuse(WHO, `mode must be among ${MODES.map(shown).join(', ')}`, shown(mode));
    if (best !== undefined && (typeof best !== 'string' || best === ''))
      refuse(WHO, 'best must be the name of a metric', shown(best), "e.g. 'val_negElbo'");
    if (best === undefined && (restoreBest || options.mode !== undefined))
      refuse(WHO, 'mode and restoreBest need the metric best', 'none', "e.g. best: 'val_negElbo'");
    if (best !== undefined && every !== undefined)
      refuse(WHO, 'only one of every and best may be given', 'both', 'use two checkpoints, of two URLs');
    checkDestination(to);
    if (restoreBest && !canBeLoaded(to))
      refuse(WHO, 'restoreBest needs a place that can be loaded from', shown(to));
    this.every = every ?? 1;
    this.best = best;
    this.mode = mode;
    this.restoreBest = restoreBest;
  }

  protected override async begin(): Promise<void> {
    this.done = this.saved = 0;
    this.bestValue = undefined;
    this.hasWarned = false;
    await checkSavable(this.model);
    const goesOn = ((this.params.initialEpoch as number | undefined) ?? 0) > 0;
    if (this.best !== undefined && goesOn && canBeLoaded(this.to))
      this.bestValue = await savedBest(this.to, this.best);
  }

  override async onEpochEnd(epoch: number, logs?: Logs): Promise<void> {
    this.done = epoch + 1;
    if (this.best !== undefined) await this.saveIfBest(this.best, logs);
    else if (this.done % this.every === 0) await this.save();
  }

  override async onTrainEnd(): Promise<void> {
    if (this.best === undefined && this.saved < this.done) await this.save();
    if (!this.restoreBest) return;
    if (this.bestValue !== undefined) await restoreCheckpoint(this.model, this.to);
    else this.warn(`${shown(this.best)} was finite in no epoch: there is no best one to restore.`);
  }

  private async saveIfBest(metric: string, logs?: Logs): Promise<void> {
    const value = await metricOf(WHO, metric, logs);
    if (!isBetter(metric, this.mode, value, this.bestValue)) return;
    if (await this.save({ metric, value })) this.bestValue = value;
  }

  /** Was it saved? */
  private async save(best?: { metric: string; value: number }): Promise<boolean> {
    this.saved = this.done;
    const flaw = await saveTraining(this.model, this.to, { epoch: this.done, best });
    if (flaw !== undefined && !this.hasWarned) {
      this.hasWarned = true;
      this.warn(`epoch ${this.done} is not saved, since there is ${flaw}; what was saved before is kept.`);
    }
    return flaw === undefined;
  }

  private warn(message: string): void {
    console.warn(`tfjs-bnn: ${WHO}: ${message}`);
  }
}
