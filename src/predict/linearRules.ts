/**
 * Layers that are linear in their inputs, but for an offset: y_j = Σ_i w_ji x_i + b_j. With independent x_i
 *
 *     E[y_j] = Σ_i w_ji E[x_i] + b_j,     Var[y_j] = Σ_i w_ji² Var[x_i]
 *
 * and the product of independent x_i, whose variance is Π (Var[x_i] + E[x_i]²) − Π E[x_i]².
 */
import * as tf from '@tensorflow/tfjs';
import type { Moments } from '../gaussian/moments';
import { dense } from '../maps/dense';
import { throughActivation } from './activationRules';
import { applied, appliedToBoth, type Rules } from './momentRule';

type Layer = tf.layers.Layer;
type Config = Record<string, unknown>;

export const LINEAR_RULES: Rules = {
  Dense(layer, [x]) {
    const { activation } = layer.getConfig();
    const [W, b] = layer.getWeights();
    const mean = dense.product(x!.mean, [W!]);
    const z = {
      mean: b === undefined ? mean : tf.add(mean, b),
      variance: dense.product(x!.variance, [tf.square(W!)]),
    };
    return throughActivation(layer, activation, z);
  },
  Conv1D: (layer, [x]) => convolved(layer, x!),
  Conv2D: (layer, [x]) => convolved(layer, x!),
  Conv2DTranspose: (layer, [x]) => convolved(layer, x!),
  DepthwiseConv2D: (layer, [x]) => convolved(layer, x!),

  Add: appliedToBoth,
  Average: (layer, into) => averaged(layer, into, into.length),
  AveragePooling1D: (layer, [x]) => averaged(layer, [x!], windowSizes(layer, x!.mean.shape)),
  AveragePooling2D: (layer, [x]) => averaged(layer, [x!], windowSizes(layer, x!.mean.shape)),
  GlobalAveragePooling1D: (layer, [x]) => averagedWhole(layer, x!),
  GlobalAveragePooling2D: (layer, [x]) => averagedWhole(layer, x!),

  /** (x − moving mean) · gamma / √(moving variance + ε) + beta */
  BatchNormalization(layer, [x]) {
    const weights = layer.getWeights();
    const [movingMean, movingVariance] = weights.slice(-2);
    const gamma = layer.getConfig().scale ? weights.slice(0, 1) : [];
    const scaled = (t: tf.Tensor): tf.Tensor =>
      throughCopy(layer, { center: false }, [...gamma, tf.zerosLike(movingMean!), movingVariance!], t);
    return { mean: applied(layer, x!.mean), variance: scaled(scaled(x!.variance)) };
  },
  Rescaling: (layer, [x]) => ({
    mean: applied(layer, x!.mean),
    variance: tf.mul(x!.variance, (layer.getConfig().scale as number) ** 2),
  }),

  Multiply: (_, into) =>
    into.reduce((a, b) => ({
      mean: tf.mul(a.mean, b.mean),
      variance: tf.add(
        tf.mul(a.variance, tf.add(b.variance, tf.square(b.mean))),
        tf.mul(tf.square(a.mean), b.variance),
      ),
    })),
};

/** @param n how many numbers each output is the average of: n weights of 1/n. */
function averaged(layer: Layer, into: Moments[], n: number | tf.Tensor): Moments {
  const { mean, variance } = appliedToBoth(layer, into);
  return { mean, variance: tf.div(variance, n) };
}

const averagedWhole: (layer: Layer, x: Moments) => Moments = (layer, x) =>
  averaged(layer, [x], x.mean.size / applied(layer, x.mean).size);

/** Of how many numbers each output of a pooling is the average: the padding counts for nothing. Broadcasts to the outputs. */
function windowSizes(layer: Layer, shape: number[]): tf.Tensor {
  const { poolSize, strides, padding, dataFormat } = layer.getConfig() as {
    poolSize: number[];
    strides: number[];
    padding: string;
    dataFormat?: string;
  };
  const first = dataFormat === 'channelsFirst' ? 2 : 1;
  return poolSize
    .map((size, i) => {
      const axis = first + i;
      const sizes = padding === 'same' ? sizesAlong(shape[axis]!, size, strides[i]!) : [size];
      return tf.reshape(
        sizes,
        shape.map((_, k) => (k === axis ? sizes.length : 1)),
      );
    })
    .reduce((a, b) => tf.mul(a, b));
}

/** Windows that reach over the ends, by half of what is lacking at the beginning. */
function sizesAlong(length: number, size: number, stride: number): number[] {
  const windows = Math.ceil(length / stride);
  const before = Math.floor(Math.max(0, (windows - 1) * stride + size - length) / 2);
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride - before;
    return Math.min(start + size, length) - Math.max(start, 0);
  });
}

function convolved(layer: Layer, { mean, variance }: Moments): Moments {
  const { activation, useBias } = layer.getConfig();
  const weights = layer.getWeights();
  const z = {
    mean: throughCopy(layer, { useBias }, weights, mean),
    variance: throughCopy(layer, { useBias: false }, [tf.square(weights[0]!)], variance),
  };
  return throughActivation(layer, activation, z);
}

/**
 * Through a linear layer of the same kind that has other weights: strides, padding, dilation and the order of the axes
 * are TensorFlow.js's own.
 */
function throughCopy(layer: Layer, changes: Config, weights: tf.Tensor[], x: tf.Tensor): tf.Tensor {
  const kept = Object.entries(layer.getConfig()).filter(
    ([key]) => !/(Initializer|Regularizer|Constraint)$/.test(key),
  );
  // Those that cost nothing, since the weights come right behind them.
  const initializers = { kernelInitializer: 'zeros', depthwiseInitializer: 'zeros' };
  const copy = new (layer.constructor as new (config: Config) => Layer)({
    ...Object.fromEntries(kept),
    ...initializers,
    ...changes,
    activation: 'linear',
    weights,
  });
  try {
    return applied(copy, x);
  } finally {
    copy.dispose();
  }
}
