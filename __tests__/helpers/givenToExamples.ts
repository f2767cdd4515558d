/**
 * What the examples of the docstrings take as given, beside TensorFlow.js as `tf` and all that the package exports: made
 * anew for each example that names it. Nothing is trained yet.
 */
import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src';

/** Examples of training, and held out. */
const N = 64;
const HELD_OUT = 400;

/** In [−1, 1], the same each time. */
const inputs = (n: number, seed: number): tf.Tensor2D => tf.randomUniform([n, 1], -1, 1, 'float32', seed);
const heldOutInputs = (): tf.Tensor2D => inputs(HELD_OUT, 4);
const targets = (x: tf.Tensor2D, seed: number): tf.Tensor2D =>
  x
    .mul(3)
    .sin()
    .add(tf.randomNormal(x.shape, 0, 0.1, 'float32', seed));

const given = {
  /** Training data: inputs [64, 1] and numbers [64, 1]. */
  x: () => inputs(N, 1),
  y: () => targets(inputs(N, 1), 2),
  /** Data that were not trained on, {x: [400, 1], y: [400, 1]}, and inputs without targets, [5, 1]. */
  heldOut: () => ({ x: heldOutInputs(), y: targets(heldOutInputs(), 5) }),
  xNew: () => inputs(5, 6),
  /** Classes 0, 1, 2 of the inputs held out, [400], and what a good classifier says of them, [400, 3]. */
  labels: () => scores(heldOutInputs()).argMax<tf.Tensor1D>(-1),
  probabilities: () =>
    tf.softmax(scores(heldOutInputs()).add(tf.randomNormal([HELD_OUT, 3], 0, 1, 'float32', 3))),
  /** A compiled net for numbers, [.., 1] → [.., 1]. */
  model: () => makeModel(),
  makeModel: () => makeModel,
  /** A compiled net for three classes, [.., 1] → [.., 3]. */
  classifier: () => {
    const classifier = tf.sequential({
      layers: [
        bnn.layers.dense({ units: 8, activation: 'relu', inputShape: [1], datasetSize: N, seed: 3 }),
        bnn.layers.dense({ units: 3, activation: 'softmax', datasetSize: N, seed: 4 }),
      ],
    });
    classifier.compile({ optimizer: bnn.adam({ learningRate: 0.01 }), loss: bnn.categoricalNLL() });
    return classifier;
  },
  /** A compiled net with two outputs, `height` [.., 1] and `kind`, probabilities [.., 3]. */
  twoHeaded: () => {
    const input = tf.input({ shape: [1] });
    const head = (layer: tf.layers.Layer): tf.SymbolicTensor => layer.apply(input) as tf.SymbolicTensor;
    const outputs = [
      head(bnn.layers.dense({ units: 1, name: 'height', datasetSize: N })),
      head(bnn.layers.dense({ units: 3, activation: 'softmax', name: 'kind', datasetSize: N })),
    ];
    const twoHeaded = tf.model({ inputs: input, outputs });
    const loss = { height: bnn.gaussianNLL({ stddev: 0.1 }), kind: bnn.categoricalNLL() };
    twoHeaded.compile({ optimizer: bnn.adam(), loss });
    return twoHeaded;
  },
};

export type Given = { [name in keyof typeof given]: ReturnType<(typeof given)[name]> };

export const names = Object.keys(given) as Array<keyof Given>;

export function make(name: keyof Given): Given[keyof Given] {
  return given[name]();
}

function makeModel(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      bnn.layers.dense({ units: 8, activation: 'relu', inputShape: [1], datasetSize: N, seed: 1 }),
      bnn.layers.dense({ units: 1, datasetSize: N, seed: 2 }),
    ],
  });
  model.compile({ optimizer: bnn.adam({ learningRate: 0.01 }), loss: bnn.gaussianNLL({ stddev: 0.1 }) });
  return model;
}

/** The class whose centre, −0.6, 0 or 0.6, is nearest. */
const scores = (x: tf.Tensor2D): tf.Tensor2D =>
  x
    .sub(tf.tensor2d([[-0.6, 0, 0.6]]))
    .square()
    .mul(-30);
