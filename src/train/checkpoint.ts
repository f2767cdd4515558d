/** Saves a model in training at the end of epochs, so that training can go on from there. */
import type * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, refuse, shown } from '../check';
import { saveCheckpoint, type Destination } from './savedTraining';
import { ModelCallback } from './modelCallback';

export interface CheckpointOptions {
  /** Saves behind each epoch whose number is a multiple of it, and at the end of training. @defaultValue 1 */
  every?: number;
}

const WHO = 'checkpoint';

/**
 * A callback for `fit` and `fitDataset` that calls `saveCheckpoint` at the end of epochs.
 *
 * @example
 * await model.fit(x, y, { epochs: 100, callbacks: checkpoint('indexeddb://digits', { every: 5 }) });
 * // Another day: build or load the model, compile it, then
 * const { epoch } = await restoreCheckpoint(model, 'indexeddb://digits');
 * await model.fit(x, y, { initialEpoch: epoch, epochs: 100 });
 */
export function checkpoint(to: Destination, options: CheckpointOptions = {}): tf.Callback {
  return new Checkpoint(to, options);
}

class Checkpoint extends ModelCallback {
  private readonly every: number;
  private done = 0;
  private saved = 0;

  constructor(
    private readonly to: Destination,
    options: CheckpointOptions,
  ) {
    super(WHO);
    checkKeys(WHO, options, ['every']);
    this.every = options.every ?? 1;
    checkPositiveInteger(WHO, 'every', this.every);
    if (typeof to !== 'string' && typeof to?.save !== 'function')
      refuse(WHO, 'a URL or a save handler is needed', shown(to), "e.g. 'file://checkpoint'");
  }

  protected override begin(): Promise<void> {
    this.done = this.saved = 0;
    return Promise.resolve();
  }

  override async onEpochEnd(epoch: number): Promise<void> {
    this.done = epoch + 1;
    if (this.done % this.every === 0) await this.save();
  }

  override async onTrainEnd(): Promise<void> {
    if (this.saved < this.done) await this.save();
  }

  private async save(): Promise<void> {
    await saveCheckpoint(this.model, this.to, this.done);
    this.saved = this.done;
  }
}
