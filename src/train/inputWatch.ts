/** What a model was last fed with: `fit` tells it to no callback, but each layer has a hook that hears its inputs. */
import type * as tf from '@tensorflow/tfjs';
import { isInTraining } from '../model/compiled';
import { CopiedTensor } from '../model/copiedTensor';

type Hook = (inputs: tf.Tensor | tf.Tensor[], kwargs: unknown) => void;
interface Hooked {
  layer: tf.layers.Layer;
  own: Hook | null;
}

export class InputWatch {
  private readonly copies: Array<CopiedTensor | undefined>;
  private readonly hooked: Hooked[];

  /** Listens until it is disposed of. */
  constructor(model: tf.LayersModel) {
    this.copies = model.inputs.map(() => undefined);
    this.hooked = model.layers.flatMap((layer) => {
      // Where in the layer's inputs the model's are: the first use of them tells.
      const node = layer.inboundNodes.find(({ inputTensors }) =>
        inputTensors.some((t) => model.inputs.includes(t)),
      );
      if (node === undefined || node.inboundLayers.length === 0) return [];
      const own = (layer as unknown as { _callHook: Hook | null })._callHook ?? null;
      const places = node.inputTensors.map((t) => model.inputs.indexOf(t));
      layer.setCallHook((inputs, kwargs) => {
        own?.(inputs, kwargs);
        // Where an error broke training off, nobody else said that it is over.
        if (isInTraining(model)) this.hear(places, [inputs].flat());
        else this.dispose();
      });
      return [{ layer, own }];
    });
  }

  /** The inputs in their order, fresh tensors; none where a layer does not tell. */
  tensors(): tf.Tensor[] {
    const known = this.copies.filter((copy) => copy !== undefined);
    return known.length === this.copies.length ? known.map((copy) => copy.tensor()) : [];
  }

  dispose(): void {
    for (const { layer, own } of this.hooked)
      if (own === null) layer.clearCallHook();
      else layer.setCallHook(own);
    this.copies.forEach((copy) => copy?.dispose());
    this.copies.fill(undefined);
  }

  private hear(places: number[], inputs: tf.Tensor[]): void {
    places.forEach((place, i) => {
      const x = inputs[i];
      if (place >= 0 && x !== undefined) this.copies[place] ??= new CopiedTensor(x);
    });
  }
}
