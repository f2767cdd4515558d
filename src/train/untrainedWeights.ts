/** The weights of a model that its optimizer does not train, such as the moving averages of a batch normalization. */
import * as tf from '@tensorflow/tfjs';
import { CopiedTensor } from '../model/copiedTensor';
import { trainedVariables } from '../optimizer/optimizerSlots';

export class UntrainedWeights {
  /** As they are assigned, never changed in place, the same data are the same numbers: what stays is copied once. */
  private readonly copies = new Map<tf.LayerVariable, { of: object; copy: CopiedTensor }>();

  constructor(private readonly model: tf.LayersModel) {}

  /** Keeps them as they are now. */
  keep(): void {
    const trained = new Set(trainedVariables(this.model));
    for (const weight of this.model.weights) {
      const now = weight.read();
      if (trained.has(weight) || this.copies.get(weight)?.of === now.dataId) continue;
      this.copies.set(weight, { of: now.dataId, copy: new CopiedTensor(now) });
    }
  }

  putBack(): void {
    tf.tidy(() => {
      for (const [weight, { of, copy }] of this.copies)
        if (weight.read().dataId !== of) (weight.read() as tf.Variable).assign(copy.tensor());
    });
    this.copies.clear();
  }
}
