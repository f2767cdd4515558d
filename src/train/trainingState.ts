/** The weights of a model and the state of its optimizer, kept to be put back. */
import * as tf from '@tensorflow/tfjs';
import { CopiedTensor } from '../model/copiedTensor';

interface Slot {
  name: string;
  copy: CopiedTensor;
}

export class TrainingState {
  private constructor(
    private readonly model: tf.LayersModel,
    private readonly weights: CopiedTensor[],
    /** Undefined where the optimizer does not tell its state, as Adamax. */
    private readonly slots: Slot[] | undefined,
  ) {}

  /** As it is now. */
  static async of(model: tf.LayersModel): Promise<TrainingState> {
    const weights = model.weights.map((weight) => new CopiedTensor(weight.read()));
    const tensors = await slotsOf(model.optimizer);
    const slots = tensors?.map(({ name, tensor }) => ({ name, copy: new CopiedTensor(tensor) }));
    // The count of steps is made for us, the rest is the optimizer's own.
    tensors?.[0]?.tensor.dispose();
    return new TrainingState(model, weights, slots);
  }

  /** Is the optimizer's part of it? */
  get isWhole(): boolean {
    return this.slots !== undefined;
  }

  async putBack(): Promise<void> {
    tf.tidy(() => {
      this.model.weights.forEach((weight, i) => {
        (weight.read() as tf.Variable).assign(this.weights[i]!.tensor());
      });
    });
    if (this.slots === undefined) return;
    const { optimizer } = this.model;
    // The optimizer replaces the tensors that it has, without disposing of them.
    tf.dispose((await slotsOf(optimizer))!.map(({ tensor }) => tensor));
    const named = this.slots.map(({ name, copy }) => ({ name, tensor: copy.tensor() }));
    await optimizer.setWeights(named);
    tf.dispose(named.map(({ tensor }) => tensor));
  }

  dispose(): void {
    for (const copy of [...this.weights, ...(this.slots ?? []).map(({ copy }) => copy)]) copy.dispose();
  }
}

/** The weights and the slots of the optimizer, without the count of steps: not to be disposed of. */
export async function trainedTensors(model: tf.LayersModel): Promise<tf.Tensor[]> {
  const [iterations, ...slots] = (await slotsOf(model.optimizer)) ?? [];
  iterations?.tensor.dispose();
  return [...model.weights.map((weight) => weight.read()), ...slots.map(({ tensor }) => tensor)];
}

/** The count of steps, a fresh tensor, and the optimizer's own tensors. */
async function slotsOf(
  optimizer: tf.Optimizer,
): Promise<Array<{ name: string; tensor: tf.Tensor }> | undefined> {
  try {
    return await optimizer.getWeights();
  } catch {
    return undefined;
  }
}
