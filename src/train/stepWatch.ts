/**
 * One training step, looked at: is it well, and if not, what was there before it?
 *
 * Before the optimizer gets the gradients, where they can be read in an instant; then a bad step changes next to nothing.
 * Afterwards on a GPU, where reading would stall every step, and copies cost nothing.
 */
import type * as tf from '@tensorflow/tfjs';
import { isOnGPU } from '../check';
import { areFinite, type Source } from '../predict/notFinite';
import { GradientGate } from './gradientGate';
import { modelVariables } from '../model/modelVariables';
import { notFiniteSources } from '../model/notFinite';
import { trainedTensors, TrainingState } from './trainingState';
import type { UntrainedWeights } from './untrainedWeights';

export interface StepWatch {
  isFine: (loss: tf.Scalar | number) => Promise<boolean>;
  /** What the step made of the weights, or would have made. */
  spoilt: () => Promise<Source[]>;
  putBack: () => Promise<void>;
  /** Does what is put back have the optimizer's part in it? */
  readonly isWhole: boolean;
  dispose: () => void;
}

/** Begins with the step. @param untrained of the model, kept from step to step */
export const watchStep = async (model: tf.LayersModel, untrained: UntrainedWeights): Promise<StepWatch> =>
  isOnGPU() ? new After(await TrainingState.of(model), model) : new Before(model, untrained);

/** Holds a bad step back. What changed all the same are the weights that nobody trains. */
class Before implements StepWatch {
  readonly isWhole = true;
  private readonly gate: GradientGate;

  constructor(
    private readonly model: tf.LayersModel,
    private readonly untrained: UntrainedWeights,
  ) {
    this.gate = new GradientGate(model.optimizer);
    untrained.keep();
  }

  isFine(): Promise<boolean> {
    return Promise.resolve(this.gate.held === undefined);
  }

  spoilt(): Promise<Source[]> {
    const variables = modelVariables(this.model).filter(({ variable }) =>
      this.gate.held!.includes(variable.name),
    );
    return Promise.resolve(variables.map(({ variable }) => sourceAt(variable.originalName)));
  }

  putBack(): Promise<void> {
    this.untrained.putBack();
    return Promise.resolve();
  }

  dispose(): void {
    this.gate.dispose();
  }
}

/** `hidden_1/A_mean` */
function sourceAt(name: string): Source {
  const [quantity, layer = name] = name.split('/').reverse();
  return { layer, quantity: quantity! };
}

/** Keeps everything of before the step. */
class After implements StepWatch {
  constructor(
    private readonly before: TrainingState,
    private readonly model: tf.LayersModel,
  ) {}

  get isWhole(): boolean {
    return this.before.isWhole;
  }

  async isFine(loss: tf.Scalar | number): Promise<boolean> {
    return Number.isFinite(await valueOf(loss)) && (await areFinite(await trainedTensors(this.model)));
  }

  spoilt(): Promise<Source[]> {
    return notFiniteSources(this.model);
  }

  putBack(): Promise<void> {
    return this.before.putBack();
  }

  dispose(): void {
    this.before.dispose();
  }
}

export const valueOf = async (loss: tf.Scalar | number): Promise<number> =>
  typeof loss === 'number' ? loss : (await loss.data())[0]!;
