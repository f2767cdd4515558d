/**
 * Ends training before a NaN is in all weights.
 *
 * The loss of a step is that of the weights before it; its gradient is NaN where the loss is, and the update then spoils
 * every weight. A gradient may overflow where the loss is finite, too. So a step is looked at when it is over, and the
 * weights from before it are put back.
 */
import type * as tf from '@tensorflow/tfjs';
import { areFinite } from '../predict/notFinite';
import { compiledOptimizer } from './compiled';
import { InputWatch } from './inputWatch';
import { ModelCallback } from './modelCallback';
import { inWords, notFiniteSources } from './notFinite';
import { trainedTensors, TrainingState } from './trainingState';

const WHO = 'stopOnNaN';

/**
 * A callback for `fit` and `fitDataset`: where a loss, a weight or the optimizer's state is no longer a finite number, it
 * puts weights and optimizer back to what they were before that step, ends training, and says in a warning which step it
 * was, and which quantity of which layer came out first. `fit` returns as it does when training is stopped early.
 *
 * It copies weights and optimizer state before each step, and reads them after it. (An optimizer that does not tell its state,
 * `tf.train.adamax`, keeps what the bad step made of it, which the warning says.) For models with Bayesian layers and without.
 *
 * @example
 * await model.fit(x, y, { epochs: 100, callbacks: [stopOnNaN(), elboReport()] });
 */
export function stopOnNaN(): tf.Callback {
  return new StopOnNaN();
}

class StopOnNaN extends ModelCallback {
  private epoch = 0;
  private before: TrainingState | undefined;
  private inputs: InputWatch | undefined;

  constructor() {
    super(WHO);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    compiledOptimizer(WHO, this.model, 'since its optimizer is put back too');
    this.release();
  }

  override onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
    return Promise.resolve();
  }

  override async onBatchBegin(): Promise<void> {
    this.release();
    this.before = await TrainingState.of(this.model);
    this.inputs = new InputWatch(this.model);
  }

  override async onBatchEnd(batch: number, logs: tf.Logs = {}): Promise<void> {
    try {
      const { loss } = logs as { loss: tf.Scalar | number };
      const value = typeof loss === 'number' ? loss : (await loss.data())[0]!;
      const isFine = Number.isFinite(value) && (await areFinite(await trainedTensors(this.model)));
      if (!isFine) await this.stop(batch, value);
    } finally {
      this.release();
    }
  }

  private async stop(batch: number, loss: number): Promise<void> {
    const { model } = this;
    model.stopTraining = true;
    const after = await notFiniteSources(model);
    await this.before!.putBack();
    const what = Number.isFinite(loss)
      ? `made ${after.length > 0 ? inWords(after) : "the optimizer's state"} infinite or NaN`
      : `had a loss of ${loss}, from ${await this.origin()}`;
    console.warn(
      `tfjs-bnn: ${WHO}: training ended, since step ${batch} of epoch ${this.epoch} ${what}. The weights ` +
        (this.before!.isWhole
          ? 'and the optimizer are as they were before that step.'
          : 'are as they were before that step; the optimizer does not tell its state: compile with a new one.'),
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
