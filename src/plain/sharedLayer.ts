/**
 * One layer in two models. The second has this in its place: a name and a seat in the graph of its own, and the numbers
 * of the first.
 *
 * Using the layer itself would add a node to it for every plain net, and its owner could no longer ask for its `output`.
 */
import * as tf from '@tensorflow/tfjs';

type Layer = tf.layers.Layer;
type Call = Parameters<Layer['call']>;
type Shapes = ReturnType<Layer['computeOutputShape']>;
type Tensors = Parameters<Layer['computeMask']>[0];
type Masks = Parameters<Layer['computeMask']>[1];

export class SharedLayer extends tf.layers.Layer {
  static className = 'SharedLayer';

  constructor(
    private readonly source: Layer,
    name: string,
  ) {
    super({ name, trainable: source.trainable, dtype: source.dtype });
    this.supportsMasking = source.supportsMasking;
    this.nonTrainableWeights = source.nonTrainableWeights;
    // TensorFlow.js counts who uses a layer, and disposes of it with the last: whichever model that will be.
    (source as unknown as { _refCount: number })._refCount++;
  }

  override call(...[inputs, kwargs]: Call): tf.Tensor | tf.Tensor[] {
    return this.source.call(inputs, kwargs);
  }

  override computeMask(inputs: Tensors, mask?: Masks): tf.Tensor | tf.Tensor[] {
    return this.source.computeMask(inputs, mask);
  }

  override computeOutputShape(shape: Shapes): Shapes {
    return this.source.computeOutputShape(shape);
  }

  /** In a saved model it is what it stands for. */
  override getClassName(): string {
    return this.source.getClassName();
  }

  override getConfig(): tf.serialization.ConfigDict {
    // Its place is behind an input layer, or behind one that has another width now.
    const { batchInputShape: _, ...config } = this.source.getConfig();
    return { ...config, name: this.name };
  }

  protected override disposeWeights(): number {
    return this.source.dispose().numDisposedVariables;
  }
}

/** Gives back what a layer of a graph that comes to nothing holds, however often it is used there. */
export function release(layer: Layer): void {
  const { built, _refCount } = layer as unknown as { built: boolean; _refCount: number | null };
  if (!built || _refCount === null) (layer as unknown as { disposeWeights: () => void }).disposeWeights();
  else for (let uses = _refCount; uses > 0; uses--) layer.dispose();
}
