/**
 * A Bayesian net as a plain one: every HiddenLayer becomes a `tf.layers.dense` with one set of weights.
 *
 * A column of ones behind a HiddenLayer's output makes the last row of the next layer's weights a bias:
 *
 *     [h, 1] · A  =  h · A[0 … H−1]  +  A[H]
 *
 * so the column goes and the row becomes the dense layer's bias. The graph is built anew from the inputs on, with
 * nested models laid open, and a note on each tensor whether the column of ones is missing there.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { bayesianLayers, isBayesian, someBayesianLayers } from '../layers/bayesian';
import type { HiddenLayer } from '../layers/hidden';
import { unwrapped, walk, type Node } from '../layers/walk';
import { warnOfBiases } from '../layers/warnings';

type Layer = tf.layers.Layer;
/** What is needed of a HiddenLayer, of whichever copy of this package. */
export type Hidden = Layer & Pick<HiddenLayer, 'settings' | 'posterior'>;
type DenseArgs = Parameters<typeof tf.layers.dense>[0];

/** A tensor of the plain net; `onesDropped`: the Bayesian net has a column of ones more. */
interface Plain {
  tensor: tf.SymbolicTensor;
  onesDropped: boolean;
}

/**
 * @param suffix of the new model's name
 * @param weightsOf makes the weights [D, H] of a HiddenLayer, a fresh tensor; it is asked once for each layer
 * @returns a model whose weights are copies, the caller's to dispose of
 * @throws if a column of ones reaches a layer that is neither a HiddenLayer nor dense (nor a dropout), or the output;
 * if a non_linearity is a function; if a Bayesian layer sits in a wrapper other than `timeDistributed`.
 */
export function plainModel(
  who: string,
  model: tf.LayersModel,
  suffix: string,
  weightsOf: (layer: Hidden) => tf.Tensor,
): tf.LayersModel {
  someBayesianLayers(who, model);
  warnOfBiases(model);
  const graph = new PlainGraph(who, weightsOf);
  const inputs = model.inputs.map(({ shape, dtype, name }) => tf.input({ batchShape: shape, dtype, name }));
  try {
    const plain = walk<Plain>(
      model,
      inputs.map((tensor) => ({ tensor, onesDropped: false })),
      (layer, into, node) => graph.convert(layer, into, node),
    );
    const outputs = plain.map((output) => graph.withAllColumns(output, 'the output of the model').tensor);
    return tf.model({ inputs, outputs, name: `${model.name}_${suffix}` });
  } catch (error) {
    graph.dispose();
    throw error;
  }
}

/** The plain net while it is built: each layer is copied once, also where it is used twice. */
class PlainGraph {
  private readonly copies = new Map<Layer, { copy: Layer; onesDropped: boolean }>();
  private readonly names = new Set<string>();

  constructor(
    private readonly who: string,
    private readonly weightsOf: (layer: Hidden) => tf.Tensor,
  ) {}

  /** The plain counterparts of a layer's outputs. */
  convert(layer: Layer, into: Plain[], node: Node): Plain[] {
    const inner = unwrapped(layer);
    if (isHidden(inner)) return [this.applyHidden(inner, into[0]!)];
    if (bayesianLayers(layer).length > 0)
      refuse(
        this.who,
        'a Bayesian layer may be wrapped in timeDistributed only',
        `the ${layer.getClassName()} ${layer.name}`,
      );
    if (layer.getClassName() === 'Dense' && into[0]!.onesDropped) return [this.applyDense(layer, into[0]!)];
    const onesDropped = KEEPS_ONES.includes(layer.getClassName()) && into[0]!.onesDropped;
    if (!onesDropped)
      into.forEach((input) => this.withAllColumns(input, `the ${layer.getClassName()} ${layer.name}`));
    return this.applyCopy(layer, into, node).map((tensor) => ({ tensor, onesDropped }));
  }

  /** Refuses a tensor that misses its column of ones. */
  withAllColumns(plain: Plain, where: string): Plain {
    if (plain.onesDropped)
      refuse(
        this.who,
        'the column of ones of include_hidden_bias must become the bias of a dense layer',
        `one that reaches ${where}`,
        'set include_hidden_bias: false on the HiddenLayer before it',
      );
    return plain;
  }

  /** The weights of a net that did not come about. */
  dispose(): void {
    for (const { copy } of this.copies.values()) tf.dispose(copy.weights.map((weight) => weight.read()));
  }

  private applyHidden(layer: Hidden, input: Plain): Plain {
    const { units, non_linearity, include_input_bias, include_hidden_bias } = layer.settings;
    if (typeof non_linearity === 'function')
      refuse(
        this.who,
        'a plain dense layer needs the name of its non_linearity',
        `a function in ${layer.name}`,
      );
    const biasRows = (input.onesDropped ? 1 : 0) + (include_input_bias ? 1 : 0);
    const rows = (): tf.Tensor => this.weightsOf(layer);
    const tensor = this.applyRows(layer, input, rows, biasRows, { units, activation: non_linearity });
    return { tensor, onesDropped: include_hidden_bias };
  }

  /** A dense layer that gets no column of ones any more. */
  private applyDense(layer: Layer, input: Plain): Plain {
    const { units, activation, useBias } = layer.getConfig() as unknown as DenseArgs;
    const rows = (): tf.Tensor => {
      const [kernel, bias] = layer.getWeights();
      return bias === undefined ? kernel!.clone() : tf.concat([kernel!, bias.expandDims(0)], 0);
    };
    const tensor = this.applyRows(layer, input, rows, useBias === false ? 1 : 2, { units, activation });
    return { tensor, onesDropped: false };
  }

  /** A dense layer from a matrix whose last rows meet ones: they add up to its bias. */
  private applyRows(
    source: Layer,
    input: Plain,
    rows: () => tf.Tensor,
    biasRows: number,
    args: DenseArgs,
  ): tf.SymbolicTensor {
    const known = this.copies.get(source);
    if (known !== undefined && known.onesDropped !== input.onesDropped)
      refuse(
        this.who,
        'a shared layer must get a column of ones from all its inputs or from none',
        `both in ${source.name}`,
      );
    const dense =
      known?.copy ?? tf.layers.dense({ ...args, useBias: biasRows > 0, name: this.freeName(source.name) });
    const output = dense.apply(input.tensor) as tf.SymbolicTensor;
    if (known === undefined) {
      this.copies.set(source, { copy: dense, onesDropped: input.onesDropped });
      tf.tidy(() => {
        const A = rows();
        const D = A.shape[0] - biasRows;
        const kernel = A.slice(0, D);
        dense.setWeights(biasRows > 0 ? [kernel, A.slice(D).sum(0)] : [kernel]);
      });
    }
    return output;
  }

  private applyCopy(layer: Layer, inputs: Plain[], { callArgs }: Node): tf.SymbolicTensor[] {
    const known = this.copies.get(layer)?.copy;
    const copy = known ?? copyByConfig(layer, this.freeName(layer.name));
    const tensors = inputs.map(({ tensor }) => tensor);
    const output = copy.apply(tensors.length === 1 ? tensors[0]! : tensors, callArgs);
    if (known === undefined) {
      this.copies.set(layer, { copy, onesDropped: false });
      copy.setWeights(layer.getWeights());
    }
    return (Array.isArray(output) ? output : [output]) as tf.SymbolicTensor[];
  }

  /** Layers of nested models may have equal names; in one model they must not. */
  private freeName(name: string): string {
    let free = name;
    for (let k = 1; this.names.has(free); k++) free = `${name}_${k}`;
    this.names.add(free);
    return free;
  }
}

/** Leave a column of ones as it is when they predict. */
const KEEPS_ONES = ['Dropout', 'GaussianDropout', 'AlphaDropout', 'GaussianNoise'];

const isHidden = (layer: Layer): layer is Hidden =>
  layer.getClassName() === 'HiddenLayer' && isBayesian(layer);

function copyByConfig(layer: Layer, name: string): Layer {
  const layerClass = layer.constructor as unknown as tf.serialization.SerializableConstructor<Layer> & {
    fromConfig: (
      cls: tf.serialization.SerializableConstructor<Layer>,
      config: tf.serialization.ConfigDict,
    ) => Layer;
  };
  return layerClass.fromConfig(layerClass, { ...layer.getConfig(), name });
}
