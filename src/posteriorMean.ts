/**
 * A trained Bayesian net as a plain one: every HiddenLayer becomes a `tf.layers.dense` with the mean weights.
 *
 * A column of ones behind a HiddenLayer's output makes the last row of the next layer's weights a bias:
 *
 *     [h, 1] · A  =  h · A[0 … H−1]  +  A[H]
 *
 * so the column goes and the row becomes the dense layer's bias. The graph is built anew from the outputs back, with
 * nested models laid open, and a note on each tensor whether the column of ones is missing there.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from './check';
import { bayesianLayers, isBayesian, someBayesianLayers } from './layers/bayesian';
import type { HiddenLayer } from './layers/hidden';
import { warnOfBiases } from './layers/warnings';

type Layer = tf.layers.Layer;
/** What is needed of a HiddenLayer, of whichever copy of this package. */
type Hidden = Layer & Pick<HiddenLayer, 'settings' | 'posterior'>;
type Kwargs = Parameters<Layer['apply']>[1];
type DenseArgs = Parameters<typeof tf.layers.dense>[0];

/** A tensor of the plain net; `onesDropped`: the Bayesian net has a column of ones more. */
interface Plain {
  tensor: tf.SymbolicTensor;
  onesDropped: boolean;
}

/** What a Bayesian tensor became, by its id. One for each use of a nested model. */
type Scope = Map<number, Plain>;

const WHO = 'posteriorMean';

/**
 * The net with the mean weights: deterministic, made of `tf.layers` only, loadable without this package.
 *
 * For a net with non-linearities this is not the mean of the predictive but one plausible net, cheap and without a
 * notion of its uncertainty. The weights are copies; the model is the caller's to dispose of.
 *
 * @throws if a column of ones reaches a layer that is neither a HiddenLayer nor dense (nor a dropout), or the output;
 * if a non_linearity is a function; if a Bayesian layer sits in a wrapper other than `timeDistributed`.
 */
export function posteriorMean(model: tf.LayersModel): tf.LayersModel {
  someBayesianLayers(WHO, model);
  warnOfBiases(model);
  const plain = new PlainGraph();
  const inputs = model.inputs.map(({ shape, dtype, name }) => tf.input({ batchShape: shape, dtype, name }));
  const scope: Scope = new Map(
    model.inputs.map((t, i) => [t.id, { tensor: inputs[i]!, onesDropped: false }]),
  );
  try {
    const outputs = model.outputs.map(
      (t) => plain.withAllColumns(plain.convert(t, scope), 'the output of the model').tensor,
    );
    return tf.model({ inputs, outputs, name: `${model.name}_posterior_mean` });
  } catch (error) {
    plain.dispose();
    throw error;
  }
}

/** The plain net while it is built: each layer is copied once, also where it is used twice. */
class PlainGraph {
  private readonly copies = new Map<Layer, { copy: Layer; onesDropped: boolean }>();
  private readonly names = new Set<string>();

  /** The plain counterpart of a tensor of the Bayesian net. */
  convert(t: tf.SymbolicTensor, scope: Scope): Plain {
    const known = scope.get(t.id);
    if (known !== undefined) return known;
    const node = t.sourceLayer.inboundNodes[t.nodeIndex]!;
    const inputs = node.inputTensors.map((input) => this.convert(input, scope));
    const outputs = this.convertLayer(t.sourceLayer, inputs, node.callArgs);
    node.outputTensors.forEach((output, i) => scope.set(output.id, outputs[i]!));
    return scope.get(t.id)!;
  }

  /** Refuses a tensor that misses its column of ones. */
  withAllColumns(plain: Plain, where: string): Plain {
    if (plain.onesDropped)
      refuse(
        WHO,
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

  private convertLayer(layer: Layer, inputs: Plain[], callArgs: Kwargs): Plain[] {
    if (isModel(layer)) {
      const scope: Scope = new Map(layer.inputs.map((t, i) => [t.id, inputs[i]!]));
      return layer.outputs.map((t) => this.convert(t, scope));
    }
    const hidden = asHiddenLayer(layer);
    if (hidden !== undefined) return [this.applyHidden(hidden, inputs[0]!)];
    if (bayesianLayers(layer).length > 0)
      refuse(
        WHO,
        'a Bayesian layer may be wrapped in timeDistributed only',
        `the ${layer.getClassName()} ${layer.name}`,
      );
    if (layer.getClassName() === 'Dense' && inputs[0]!.onesDropped)
      return [this.applyDense(layer, inputs[0]!)];
    const onesDropped = KEEPS_ONES.includes(layer.getClassName()) && inputs[0]!.onesDropped;
    if (!onesDropped)
      inputs.forEach((input) => this.withAllColumns(input, `the ${layer.getClassName()} ${layer.name}`));
    return this.applyCopy(layer, inputs, callArgs).map((tensor) => ({ tensor, onesDropped }));
  }

  private applyHidden(layer: Hidden, input: Plain): Plain {
    const { units, non_linearity, include_input_bias, include_hidden_bias } = layer.settings;
    if (typeof non_linearity === 'function')
      refuse(WHO, 'a plain dense layer needs the name of its non_linearity', `a function in ${layer.name}`);
    const rows = (): tf.Tensor => layer.posterior().A_mean;
    const biasRows = (input.onesDropped ? 1 : 0) + (include_input_bias ? 1 : 0);
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
        WHO,
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

  private applyCopy(layer: Layer, inputs: Plain[], callArgs: Kwargs): tf.SymbolicTensor[] {
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

function isModel(layer: Layer): layer is tf.LayersModel {
  return 'layers' in layer && 'inputs' in layer && 'outputs' in layer;
}

/** A HiddenLayer, or the one in a `timeDistributed`: on the steps of a series dense layers do the same. */
function asHiddenLayer(layer: Layer): Hidden | undefined {
  const inner =
    layer.getClassName() === 'TimeDistributed' ? (layer as unknown as { layer: Layer }).layer : layer;
  return inner.getClassName() === 'HiddenLayer' && isBayesian(inner)
    ? (inner as unknown as Hidden)
    : undefined;
}

function copyByConfig(layer: Layer, name: string): Layer {
  const layerClass = layer.constructor as unknown as tf.serialization.SerializableConstructor<Layer> & {
    fromConfig: (
      cls: tf.serialization.SerializableConstructor<Layer>,
      config: tf.serialization.ConfigDict,
    ) => Layer;
  };
  return layerClass.fromConfig(layerClass, { ...layer.getConfig(), name });
}
