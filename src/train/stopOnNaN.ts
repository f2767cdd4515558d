/**
 * Ends training before a NaN is in all weights.
 *
 * The loss of a step is that of the weights before it; its gradient is NaN where the loss is, and the update then spoils
 * every weight. A gradient may overflow where the loss is finite, too. So both are looked at before the optimizer gets them,
 * see `stepWatch.ts`.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Source } from '../predict/notFinite';
import { compiledOptimizer } from '../model/compiled';
import { InputWatch } from './inputWatch';
import { ModelCallback } from '../model/modelCallback';
import { inWords, notFiniteSources } from '../model/notFinite';
import { valueOf, watchStep, type StepWatch } from './stepWatch';
import { UntrainedWeights } from './untrainedWeights';

const WHO = 'stopOnNaN';

/**
 * A callback for `fit` and `fitDataset`: where a loss or a gradient is not a finite number, it leaves weights and optimizer
 * as they were before that step, ends training, and says in a warning which step it was, and which quantity of which layer
 * came out first. `fit` returns as it does when training is stopped early.
 *
 * It costs a look at the gradients. On a GPU it keeps weights and optimizer state of before each step, and looks at them
 * after it. (An optimizer that does not tell its state, `tf.train.adamax`, there keeps what the bad step made of it, which
 * the warning says.) For models with Bayesian layers and without.
 *
 * @example
 * await model.fit(x, y, { epochs: 20, callbacks: [stopOnNaN(), elboReport()] });
 */
export function stopOnNaN(): tf.Callback {
  return new StopOnNaN();
}

class StopOnNaN extends ModelCallback {
  private epoch = 0;
  private watch: StepWatch | undefined;
  private untrained: UntrainedWeights | undefined;
  private inputs: InputWatch | undefined;

  constructor() {
    super(WHO);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    compiledOptimizer(WHO, this.model, 'since its optimizer is put back too');
    this.release();
    this.untrained = new UntrainedWeights(this.model);
  }

  override onEpochBegin(epoch: number): Promise<void> {
    this.epoch = epoch;
    return Promise.resolve();
  }

  override async onBatchBegin(): Promise<void> {
    this.release();
    this.watch = await watchStep(this.model, this.untrained!);
    this.inputs = new InputWatch(this.model);
  }

  override async onBatchEnd(batch: number, logs: tf.Logs = {}): Promise<void> {
    const { loss } = logs as { loss: tf.Scalar | number };
    try {
      if (await this.watch!.isFine(loss)) return;
      this.model.stopTraining = true;
      const spoilt = await this.watch!.spoilt();
      await this.watch!.putBack();
      await this.warn(batch, await valueOf(loss), spoilt);
    } finally {
      this.release();
    }
  }

  private async warn(batch: number, loss: number, spoilt: Source[]): Promise<void> {
    const what = Number.isFinite(loss)
      ? `made ${spoilt.length > 0 ? inWords(spoilt) : "the optimizer's state"} infinite or NaN`
      : `had a loss of ${loss}, from ${await this.origin()}`;
    console.warn(
      `tfjs-bnn: ${WHO}: training ended at step ${batch} of epoch ${this.epoch}, which ${what}. The weights ` +
        (this.watch!.isWhole
          ? 'and the optimizer are as they were before that step.'
          : 'are as they were before that step; the state of the optimizer cannot be put back: compile with a new one.') +
        ' Fill in or leave out gaps in the data; if there are none, scale the inputs or take a smaller learning rate.',
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
    this.watch?.dispose();
    this.inputs?.dispose();
    this.watch = this.inputs = undefined;
  }
}
