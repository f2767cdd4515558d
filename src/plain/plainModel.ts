/** A Bayesian net as a plain one: its graph is built anew from the inputs on, with nested models laid open. */
import * as tf from '@tensorflow/tfjs';
import { someBayesianLayers } from '../layers/bayesian';
import { walk } from '../layers/walk';
import { warnOfBiases } from '../layers/warnings';
import type { WeightsOf } from './counterparts';
import { PlainGraph } from './plainGraph';

/**
 * @param suffix of the new model's name
 * @param draw makes the weights of a Bayesian layer; it is asked once for each. @defaultValue the posterior means
 * @returns a model that is the caller's to dispose of, as the Bayesian one stays; either may go first. Its weights are
 * copies. A layer without weights serves both models, and so does a frozen one that has no true copy.
 * @throws if the plain net would predict something else: see `posteriorMean`. Nothing is left behind then.
 */
export function plainModel(
  who: string,
  model: tf.LayersModel,
  suffix: string,
  draw?: WeightsOf,
): tf.LayersModel {
  someBayesianLayers(who, model);
  warnOfBiases(model);
  const graph = new PlainGraph(who, model);
  try {
    const inputs = model.inputs.map(({ shape, dtype }, i) =>
      tf.input({ batchShape: shape, dtype, name: model.inputNames[i]! }),
    );
    const plain = walk(model, graph.start(inputs), (layer, into, node) => graph.convert(layer, into, node));
    const outputs = plain.map((output) => graph.withoutColumn(output, 'the output of the model').tensor);
    // At the means it has been compared, layer by layer; a draw is other numbers in the same places.
    if (draw !== undefined) graph.setWeights(draw);
    return tf.model({ inputs, outputs, name: `${model.name}_${suffix}` });
  } catch (error) {
    graph.dispose();
    throw error;
  } finally {
    graph.probe.dispose();
  }
}
