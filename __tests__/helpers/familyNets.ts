/** A small net for each layer of the family, for what is asked of any of them: the layer, and a plain end of two outputs. */
import * as tf from '@tensorflow/tfjs';
import { gaussianNLL, layers, type PosteriorByName } from '../../src';
import type { BayesianLayer } from '../../src/layers/bayesian';

export interface NamedLayer extends BayesianLayer {
  posterior(): PosteriorByName;
  prior(): PosteriorByName;
}

export interface Options {
  inputShape?: number[];
  seed?: number;
  klFactor?: number;
  initialStddev?: number;
  estimator?: 'local' | 'flipout' | 'weightSpace';
}

export interface Kind {
  make: (options: Options) => NamedLayer;
  /** Of an example. */
  shape: number[];
  /** A sum of products of independent weights: the mean of its outputs is what the means make. @defaultValue true */
  isLinear?: false;
  /** Has it estimators and moments? @defaultValue true */
  isMapped?: false;
}

const make =
  (kind: string, own: object) =>
  (options: Options): NamedLayer =>
    (layers as unknown as Record<string, (given: object) => NamedLayer>)[kind]!({ ...own, ...options });

/** Those that go by way of weights of a layer of TensorFlow.js know no other estimator than weight space. */
const inWeightSpace =
  (of: (options: Options) => NamedLayer) =>
  ({ estimator: _, ...options }: Options): NamedLayer =>
    of(options);

const separable = (): tf.layers.Layer => tf.layers.separableConv2d({ filters: 2, kernelSize: 2 });

export const KINDS: Record<string, Kind> = {
  dense: { make: make('dense', { units: 3 }), shape: [4] },
  conv1d: { make: make('conv1d', { filters: 2, kernelSize: 2 }), shape: [4, 2] },
  conv2d: { make: make('conv2d', { filters: 2, kernelSize: 2 }), shape: [3, 3, 2] },
  conv3d: { make: make('conv3d', { filters: 2, kernelSize: 2 }), shape: [3, 3, 2, 1] },
  conv2dTranspose: { make: make('conv2dTranspose', { filters: 2, kernelSize: 2 }), shape: [2, 2, 2] },
  depthwiseConv2d: { make: make('depthwiseConv2d', { kernelSize: 2 }), shape: [3, 3, 2] },
  embedding: { make: make('embedding', { inputDim: 5, outputDim: 3 }), shape: [3] },
  lstm: { make: inWeightSpace(make('lstm', { units: 3 })), shape: [4, 2], isLinear: false, isMapped: false },
  'bayesian(separableConv2d)': {
    make: inWeightSpace((options) => layers.bayesian({ layer: separable(), ...options })),
    shape: [3, 3, 2],
    isMapped: false,
  },
};

/** Known noise of the targets. */
export const STDDEV = 0.5;
export const ROWS = 6;

export interface Net {
  model: tf.Sequential;
  layer: NamedLayer;
  x: tf.Tensor;
  y: tf.Tensor;
  /** Of all, the data too. */
  dispose: () => void;
}

/** Compiled, for a learning rate of 0 unless it is said otherwise. @param around what the layer is put into */
export function netOf(
  { make, shape }: Kind,
  options: Options = {},
  {
    around = (layer: tf.layers.Layer): tf.layers.Layer => layer,
    steps,
    optimizer = tf.train.sgd(0),
  }: { around?: (layer: tf.layers.Layer) => tf.layers.Layer; steps?: number; optimizer?: tf.Optimizer } = {},
): Net {
  const layer = make({ seed: 1, klFactor: 1, ...options });
  const inputShape = steps === undefined ? shape : [steps, ...shape];
  const x = tf.tidy(() => inputs(layer.getClassName(), [ROWS, ...inputShape]));
  const y = tf.randomNormal([ROWS, 2], 0, 1, 'float32', 5);
  const end = {
    units: 2,
    kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
    biasInitializer: 'ones',
  };
  const isFlat = layer.computeOutputShape([null, ...shape]).length === 2;
  const model = tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape }),
      around(layer),
      ...(steps === undefined && isFlat ? [] : [tf.layers.flatten()]),
      tf.layers.dense(end),
    ],
  });
  model.compile({ optimizer, loss: gaussianNLL({ stddev: STDDEV }) });
  const dispose = (): void => {
    tf.dispose([x, y]);
    model.dispose();
  };
  return { model, layer, x, y, dispose };
}

const inputs = (className: string, shape: number[]): tf.Tensor => {
  const x = tf.randomNormal(shape, 0, 1, 'float32', 4);
  return className === 'BayesianEmbedding' ? x.abs().mul(2).floor().minimum(4) : x;
};

/** KL = ½ Σ ((m − m₀)/p)² + (s/p)² − 1 − 2 ln(s/p), in double precision. */
export function klByHand(layer: NamedLayer): number {
  const [posterior, prior] = [layer.posterior(), layer.prior()];
  let kl = 0;
  for (const [name, { mean, stddev }] of Object.entries(posterior)) {
    const [m, s, m0, p] = [mean, stddev, prior[name]!.mean, prior[name]!.stddev].map((t) => t.dataSync());
    m!.forEach((mean, i) => {
      const [a, b] = [(mean - m0![i]!) / p![i]!, s![i]! / p![i]!];
      kl += 0.5 * (a * a + b * b - 1) - Math.log(b);
    });
  }
  tf.dispose([posterior, prior]);
  return kl;
}

/** Mean over the rows of the negative log likelihood of both outputs under Normal(prediction, STDDEV²). */
export function nllByHand(prediction: tf.Tensor, y: tf.Tensor): number {
  const [mean, target] = [prediction.dataSync(), y.dataSync()];
  const each = Array.from(target, (t, i) => 0.5 * ((t - mean[i]!) / STDDEV) ** 2);
  return each.reduce((a, b) => a + b) / ROWS + 2 * (Math.log(STDDEV) + 0.5 * Math.log(2 * Math.PI));
}
