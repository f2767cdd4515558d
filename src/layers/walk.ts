/**
 * A walk over the graph of a model, from its inputs to its outputs, with nested models laid open.
 *
 * What flows along the edges is the walker's: tensors, moments, the tensors of a new model.
 */
import type * as tf from '@tensorflow/tfjs';
import { isBayesian } from './bayesian';

type Layer = tf.layers.Layer;
/** A use of a layer in the graph. */
export type Node = Layer['inboundNodes'][number];

/** What comes out of a layer, for what goes in; called once for each use of the layer. */
export type Visit<V> = (layer: Layer, inputs: V[], node: Node) => V[];

/** What comes out of the model. Layers that no output needs are not visited. */
export function walk<V>(model: tf.LayersModel, inputs: V[], visit: Visit<V>): V[] {
  const known = new Map(model.inputs.map((t, i) => [t.id, inputs[i]!]));
  const at = (t: tf.SymbolicTensor): V => {
    if (!known.has(t.id)) {
      const { sourceLayer: layer } = t;
      const node = layer.inboundNodes[t.nodeIndex]!;
      const values = node.inputTensors.map(at);
      const outputs = isModel(layer) ? walk(layer, values, visit) : visit(layer, values, node);
      node.outputTensors.forEach((output, i) => known.set(output.id, outputs[i]!));
    }
    return known.get(t.id)!;
  };
  return model.outputs.map(at);
}

export function isModel(layer: Layer): layer is tf.LayersModel {
  return 'layers' in layer && 'inputs' in layer && 'outputs' in layer;
}

/**
 * A layer that does the same to every position of its input, without the `timeDistributed` around it: on the whole
 * series it does what the wrapper does step by step.
 */
export function unwrapped(layer: Layer): Layer {
  const inner = layer.getClassName() === 'TimeDistributed' && (layer as unknown as { layer: Layer }).layer;
  return inner && ['HiddenLayer', 'BayesianDense'].includes(inner.getClassName()) && isBayesian(inner)
    ? inner
    : layer;
}
