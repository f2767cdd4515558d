/**
 * What a layer becomes in a plain net: one entry for each class that does not stay as it is.
 *
 * An entry makes a layer of `tf.layers`, and says how its weights come from one set of the source's weights.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { isBayesian } from '../layers/bayesian';
import type { HiddenLayer } from '../layers/hidden';
import { kernelAndBias } from './constantColumn';

type Layer = tf.layers.Layer;
type DenseArgs = Parameters<typeof tf.layers.dense>[0];

/** One set of weights of a Bayesian layer, [D, H] for a HiddenLayer: fresh tensors. The caller tidies. */
export type WeightsOf = (layer: Layer) => tf.Tensor;

/** The posterior means. */
export const meansOf: WeightsOf = (layer) => (layer as Hidden).posterior().A_mean;

/** What is needed of a HiddenLayer, of whichever copy of this package. */
export type Hidden = Layer & Pick<HiddenLayer, 'settings' | 'posterior'>;

/** Where the source stands. */
export interface Seat {
  who: string;
  /** What the new layer is to have. */
  args: { name: string; trainable: boolean };
  /** Of the input's last axis, without the constant column. */
  width: number;
  /** The value of the constant column that the input of the plain net lacks, if it lacks one. */
  column: number | undefined;
}

export interface Made {
  layer: Layer;
  /** The layer's weights, given those of the source if it is Bayesian. The caller tidies. */
  weights: (weightsOf: WeightsOf) => tf.Tensor[];
  /** The constant column that the output of the plain net lacks. */
  columnBehind?: number | undefined;
}

export interface Counterpart {
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
      if (typeof non_linearity === 'function')
        refuse(
          seat.who,
          'a plain dense layer needs the name of its non_linearity',
          `a function in ${layer.name}`,
        );
      const ones = include_input_bias ? [1] : [];
      return {
        ...dense(seat, { units, activation: non_linearity }, ones, (weightsOf) => weightsOf(layer)),
        columnBehind: include_hidden_bias ? 1 : undefined,
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
      return dense(seat, { units, activation }, useBias === false ? [] : [1], () => {
        const [kernel, bias] = layer.weights.map((weight) => weight.read());
        return bias === undefined ? kernel! : tf.concat([kernel!, bias.expandDims(0)], 0);
      });
    },
  },

  /** [mean, 1] · [[I, 0], [0, raw]]  =  [mean, raw … raw] */
  LearnedNoise: {
    takesColumn: true,
    make(layer, seat) {
      const K = seat.width + (seat.column === undefined ? 0 : 1);
      return dense(seat, { units: 2 * K, activation: 'linear' }, [1], () => {
        const raw = tf.mul(tf.ones([1, K]), layer.weights[0]!.read());
        return tf.concat([tf.eye(K), tf.zeros([K, K])], 1).concat(tf.zeros([1, K]).concat(raw, 1));
      });
    },
  },
};

export function counterpartOf(layer: Layer): Counterpart | undefined {
  const name = layer.getClassName();
  if (!Object.hasOwn(COUNTERPARTS, name)) return undefined;
  // A foreign class may have the name too.
  return name === 'HiddenLayer' && !isBayesian(layer) ? undefined : COUNTERPARTS[name];
}

/**
 * A dense layer from a matrix whose last rows meet constants: the column that its input lacks, then `own`.
 *
 * @param rows the matrix: a row for each column of the input, one for the column that it lacks, and one for each of `own`
 */
function dense(
  { args, column }: Seat,
  kind: DenseArgs,
  own: number[],
  rows: (weightsOf: WeightsOf) => tf.Tensor,
): Made {
  const constants = [...(column === undefined ? [] : [column]), ...own];
  return {
    layer: tf.layers.dense({ ...args, ...kind, useBias: constants.length > 0 }),
    weights: (weightsOf) => kernelAndBias(rows(weightsOf), constants),
  };
}
