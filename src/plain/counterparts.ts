/**
 * What a layer becomes in a plain net: one entry for each class that does not stay as it is.
 *
 * An entry makes a layer of `tf.layers`, and says how its weights come from one set of the source's weights.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import type { NonLinearity } from '../layers/activation';
import { isBayesian, type BayesianLayer } from '../layers/bayesian';
import type { HiddenLayer } from '../layers/hidden';
import type { BayesianWrapper } from '../layers/wrapper';
import { activated } from './activated';
import { kernelAndBias } from './constantColumn';
import { copyByConfig } from './copiedLayer';
import type { Seat } from './seat';

type Layer = tf.layers.Layer;
type DenseArgs = Parameters<typeof tf.layers.dense>[0];

/** One set of weights of a Bayesian layer, a tensor for each that has a posterior. The caller tidies. */
export type WeightsOf = (layer: Layer) => tf.Tensor[];

/** The posterior means. */
export const meansOf: WeightsOf = (layer) =>
  (layer as BayesianLayer).gaussians().map((tensor) => tensor.read().mean);

/** What is needed of a HiddenLayer and of a wrapper, of whichever copy of this package. */
type Hidden = Layer & Pick<HiddenLayer, 'settings'>;
type Wrapper = Layer & Pick<BayesianWrapper, 'layer'>;

export interface Made {
  layer: Layer;
  /** The layer's weights, given those of the source if it is Bayesian. The caller tidies. */
  weights: (weightsOf: WeightsOf) => tf.Tensor[];
  /** The constant column that the output of the plain net lacks. */
  columnBehind?: number | undefined;
}

export interface Counterpart {
  /** Is it a copy of a layer that anybody may have written? */
  isCopy?: true;
  /** A layer of `tf.layers`: it stays as it is unless its input has lost a column. */
  isPlain?: true;
  /** Can it do without the constant column of its input? */
  takesColumn?: true;
  make: (layer: Layer, seat: Seat) => Made;
}

/** By class name. */
const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  HiddenLayer: {
    takesColumn: true,
    make(layer, seat) {
      const { units, non_linearity, include_input_bias, include_hidden_bias } = (layer as Hidden).settings;
      const ones = include_input_bias ? [1] : [];
      return {
        ...dense(seat, units, non_linearity, ones, (weightsOf) => weightsOf(layer)[0]!),
        columnBehind: include_hidden_bias ? 1 : undefined,
      };
    },
  },

  BayesianDense: {
    takesColumn: true,
    make(layer, seat) {
      const { units, useBias } = configOf(layer);
      return dense(seat, units as number, activationOf(layer), useBias ? [1] : [], (weightsOf) => {
        const [kernel, bias] = kernelAndBiasOf(layer, weightsOf);
        return bias === undefined ? kernel! : tf.concat([kernel!, tf.expandDims(bias, 0)], 0);
      });
    },
  },
  BayesianConv1D: sameOptions((args) => tf.layers.conv1d(args as never)),
  BayesianConv2D: sameOptions((args) => tf.layers.conv2d(args as never)),
  BayesianConv3D: sameOptions((args) => tf.layers.conv3d(args as never)),
  BayesianConv2DTranspose: sameOptions((args) => tf.layers.conv2dTranspose(args as never)),
  BayesianDepthwiseConv2D: sameOptions((args, { who }) => {
    if (([args.dilationRate].flat() as number[]).some((d) => d > 1))
      refuse(who, 'a plain depthwiseConv2d has no dilationRate', `one in ${String(args.name)}`);
    return tf.layers.depthwiseConv2d(args as never);
  }),
  BayesianEmbedding: {
    make: (layer, { args }) => {
      const { inputDim, outputDim, maskZero, inputLength } = configOf(layer);
      const options = { ...args, inputDim, outputDim, maskZero, ...(inputLength != null && { inputLength }) };
      return {
        layer: tf.layers.embedding(options as Parameters<typeof tf.layers.embedding>[0]),
        weights: (weightsOf) => weightsOf(layer),
      };
    },
  },

  BayesianWrapper: {
    isCopy: true,
    make(layer, { args }) {
      const { layer: inner } = layer as Wrapper;
      return {
        layer: Object.assign(copyByConfig(inner, args.name, true), { trainable: args.trainable }),
        weights(weightsOf) {
          const means = meansOf(layer);
          const others = inner.weights.map((weight) => weight.read()).filter((w) => !means.includes(w));
          return [...weightsOf(layer), ...others];
        },
      };
    },
  },

  Dense: {
    isPlain: true,
    takesColumn: true,
    make(layer, seat) {
      const { units, useBias } = layer.getConfig() as unknown as DenseArgs;
      // The object, not its name: a caller's own activation has a name that nobody knows.
      const { activation } = layer as unknown as DenseArgs;
      return dense(seat, units, activation as NonLinearity, useBias === false ? [] : [1], () => {
        const [kernel, bias] = layer.weights.map((weight) => weight.read());
        return bias === undefined ? kernel! : tf.concat([kernel!, tf.expandDims(bias, 0)], 0);
      });
    },
  },

  /** [mean, 1] · [[I, 0], [0, raw]]  =  [mean, raw … raw] */
  LearnedNoise: {
    takesColumn: true,
    make(layer, seat) {
      const K = seat.width + (seat.column === undefined ? 0 : 1);
      return dense(seat, 2 * K, 'linear', [1], () => {
        const raw = tf.mul(tf.ones([1, K]), layer.weights[0]!.read());
        const above = tf.concat([tf.eye(K), tf.zeros([K, K])], 1);
        return tf.concat([above, tf.concat([tf.zeros([1, K]), raw], 1)]);
      });
    },
  },

  PredictedNoise: {
    takesColumn: true,
    make: (_, { args }) => ({
      layer: tf.layers.activation({ ...args, activation: 'linear' }),
      weights: () => [],
    }),
  },
};

export function counterpartOf(layer: Layer): Counterpart | undefined {
  const name = layer.getClassName();
  if (!Object.hasOwn(COUNTERPARTS, name)) return undefined;
  // A foreign class may have the name too.
  return (name === 'HiddenLayer' || name.startsWith('Bayesian')) && !isBayesian(layer)
    ? undefined
    : COUNTERPARTS[name];
}

/** A layer of the same options, whose weights are the kernel and the bias. */
function sameOptions(make: (args: Config, seat: Seat) => Layer): Counterpart {
  return {
    make: (layer, seat) => {
      const { useBias, ...config } = configOf(layer);
      const own = [
        'filters',
        'kernelSize',
        'strides',
        'padding',
        'dataFormat',
        'dilationRate',
        'depthMultiplier',
      ];
      const options = Object.fromEntries(Object.entries(config).filter(([key]) => own.includes(key)));
      return {
        layer: activated(seat, activationOf(layer), (args) => make({ ...options, useBias, ...args }, seat)),
        weights: (weightsOf) => kernelAndBiasOf(layer, weightsOf),
      };
    },
  };
}

type Config = Record<string, unknown>;

const configOf = (layer: Layer): Config => layer.getConfig();

const activationOf = (layer: Layer): NonLinearity =>
  (layer as unknown as { activation: NonLinearity }).activation;

/** Also where the bias has no posterior. */
function kernelAndBiasOf(layer: Layer, weightsOf: WeightsOf): tf.Tensor[] {
  const drawn = weightsOf(layer);
  const fixed = layer.weights.find(({ originalName }) => originalName.endsWith('/bias'));
  return fixed === undefined ? drawn : [...drawn, fixed.read()];
}

/**
 * A dense layer from a matrix whose last rows meet constants: the column that its input lacks, then `own`.
 *
 * @param rows the matrix: a row for each column of the input, one for the column that it lacks, and one for each of `own`
 */
function dense(
  seat: Seat,
  units: number,
  activation: NonLinearity,
  own: number[],
  rows: (weightsOf: WeightsOf) => tf.Tensor,
): Made {
  const { column, args } = seat;
  const constants = [...(column === undefined ? [] : [column]), ...own];
  const options = { units, useBias: constants.length > 0 };
  return {
    // An object of TensorFlow.js is a plain layer's own.
    layer: isOfTensorFlow(activation)
      ? tf.layers.dense({ ...args, ...options, activation: activation as never })
      : activated(seat, activation, (given) => tf.layers.dense({ ...options, ...given })),
    weights: (weightsOf) => kernelAndBias(rows(weightsOf), constants),
  };
}

const isOfTensorFlow = (activation: NonLinearity): boolean =>
  typeof activation === 'object' && 'apply' in activation;
