/**
 * Ends training before a NaN is in all weights.
 *
 * The loss of a step is that of the weights before it; its gradient is NaN where the loss is, and the update then spoils
 * every weight. A gradient may overflow where the loss is finite, too. So a step is looked at when it is over, and the
 * weights from before it are put back.
 */
import type * as tf from '@tensorflow/tfjs';
import { checkKeys, checkWord } from '../check';
import { areFinite } from '../predict/notFinite';
import { compiledOptimizer } from './compiled';
import { InputWatch } from './inputWatch';
import { ModelCallback } from './modelCallback';
import { inWords, notFiniteSources } from './notFinite';
import { trainedTensors, TrainingState } from './trainingState';

const WHO = 'stopOnNaN';

export interface StopOnNaNOptions {
  /**
   * What is kept, and looked at: `step` copies weights and optimizer before each step and reads them after it, `epoch` does so
   * by epochs, and in a step reads the loss alone, which is where a NaN in a weight shows one step later. @defaultValue 'step'
   */
  every?: 'step' | 'epoch';
}

/**
 * A callback for `fit` and `fitDataset`: where a loss, a weight or the optimizer's state is no longer a finite number, it
 * puts weights and optimizer back to what they were before that step (or epoch), ends training, and says in a warning which step it
 * was, and which quantity of which layer came out first. `fit` returns as it does when training is stopped early.
 *
 * It copies weights and optimizer state before each step, and reads them after it, which takes about a training step's time on
 * wasm; by epochs next to none. (An optimizer that does not tell its state,
 * `tf.train.adamax`, keeps what the bad step made of it, which the warning says.) For models with Bayesian layers and without.
 *
 * @example
 * await model.fit(x, y, { epochs: 100, callbacks: [stopOnNaN(), elboReport()] });
 */
export function stopOnNaN(options: StopOnNaNOptions = {}): tf.Callback {
  return new StopOnNaN(options);
}

class StopOnNaN extends ModelCallback {
  private epoch = 0;
  private batch = 0;
  private before: TrainingState | undefined;
  private inputs: InputWatch | undefined;

  private readonly every: 'step' | 'epoch';

  constructor(options: StopOnNaNOptions) {
    super(WHO);
    checkKeys(WHO, options, ['every']);
    const { every = 'step' } = options;
    checkWord(WHO, 'every', every, ['step', 'epoch']);
    this.every = every;
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    compiledOptimizer(WHO, this.model, 'since its optimizer is put back too');
    this.release();
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
    if (this.every === 'epoch') await this.keep();
  }

  override async onBatchBegin(): Promise<void> {
    if (this.every === 'step') await this.keep();
    this.inputs?.dispose();
    this.inputs = new InputWatch(this.model);
  }

  override async onBatchEnd(batch: number, logs: tf.Logs = {}): Promise<void> {
    this.batch = batch;
    try {
      // It was ended in this epoch.
      if (this.before === undefined) return;
      const { loss } = logs as { loss: tf.Scalar | number };
      const value = typeof loss === 'number' ? loss : (await loss.data())[0]!;
      const isFine = Number.isFinite(value) && (this.every === 'epoch' || (await this.trainedAreFinite()));
      if (!isFine) await this.stop(value);
    } finally {
      if (this.every === 'step' || this.model.stopTraining) this.release();
    }
  }

  override async onEpochEnd(): Promise<void> {
    try {
      if (this.before !== undefined && !(await this.trainedAreFinite())) await this.stop();
    } finally {
      this.release();
    }
  }

  private async keep(): Promise<void> {
    this.release();
    this.before = await TrainingState.of(this.model);
  }

  private async trainedAreFinite(): Promise<boolean> {
    return areFinite(await trainedTensors(this.model));
  }

  /** @param loss finite where the weights are what is not */
  private async stop(loss = 0): Promise<void> {
    const { model } = this;
    model.stopTraining = true;
    const after = await notFiniteSources(model);
    await this.before!.putBack();
    const what = Number.isFinite(loss)
      ? `made ${after.length > 0 ? inWords(after) : "the optimizer's state"} infinite or NaN`
      : `had a loss of ${loss}, from ${await this.origin()}`;
    const step = `step ${this.batch} of epoch ${this.epoch}`;
    const where = this.every === 'epoch' && Number.isFinite(loss) ? `epoch ${this.epoch}` : step;
    console.warn(
      `tfjs-bnn: ${WHO}: training ended, since ${where} ${what}. The weights ` +
        (this.before!.isWhole
          ? `and the optimizer are as they were before that ${this.every}.`
          : `are as they were before that ${this.every}; the optimizer does not tell its state: compile with a new one.`),
    );
  }

  /** Of a loss that is not finite, with the weights from before the step. */
  private async origin(): Promise<string> {
    const xs = this.inputs!.tensors();
    try {
      const sources = await notFiniteSources(this.model, xs);
      if (sources.length > 0) return inWords(sources);
    } finally {
      xs.forEach((x) => x.dispose());
    }
    if (this.every === 'epoch')
      return 'the targets, or a weight that a step before it spoilt: stopOnNaN(), which looks at each step, tells';
    const outputs = this.model.outputNames.join(', ');
    return xs.length > 0
      ? `the targets or the loss of ${outputs}: inputs, weights and the outputs of all layers are finite`
      : `inputs, targets or the outputs of a layer before ${outputs}: all weights are finite`;
  }

  private release(): void {
    this.before?.dispose();
    this.inputs?.dispose();
    this.before = this.inputs = undefined;
  }
}
