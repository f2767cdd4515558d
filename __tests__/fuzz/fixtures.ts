/** The sound things that garbage is mixed with: small models in every state, and a checkpoint of one. */
import * as tf from '@tensorflow/tfjs';
import {
  adam,
  categoricalNLL,
  gaussianNLL,
  hiddenLayer,
  HiddenLayerDistribution,
  learnedNoise,
  predictive,
  saveCheckpoint,
} from '../../src';

export interface Fixtures {
  /** Bayesian, compiled, one step trained: [?, 3] → 2 classes. */
  trained: tf.LayersModel;
  /** The same net, not compiled. */
  bare: tf.LayersModel;
  /** Bayesian, with learned noise: [?, 3] → [?, 2]. */
  regression: tf.LayersModel;
  /** No Bayesian layer. */
  plain: tf.LayersModel;
  /** Disposed of. */
  gone: tf.LayersModel;
  /** Of `trained`. */
  checkpoint: tf.io.ModelArtifacts;
}

let made: Fixtures | undefined;

export function fixtures(): Fixtures {
  if (made === undefined) throw new Error('makeFixtures() comes first');
  return made;
}

export function classifier(name: string): tf.Sequential {
  return tf.sequential({
    layers: [
      hiddenLayer({
        units: 3,
        inputShape: [3],
        include_input_bias: true,
        KL_factor: 0.1,
        seed: 1,
        name: `${name}_first`,
      }),
      hiddenLayer({
        units: 2,
        non_linearity: 'softmax',
        include_hidden_bias: false,
        weight_space_sampling: true,
        KL_factor: 0.1,
        seed: 2,
        name: `${name}_last`,
      }),
    ],
  });
}

/** On the current backend. */
export async function makeFixtures(): Promise<void> {
  // Node makes some globals when they are first asked for: not amid a case.
  for (const name of Object.getOwnPropertyNames(globalThis)) Reflect.get(globalThis, name);
  const [trained, bare, gone] = ['trained', 'bare', 'gone'].map(classifier) as [
    tf.Sequential,
    tf.Sequential,
    tf.Sequential,
  ];
  trained.compile({ optimizer: adam({ learningRate: 0.01 }), loss: categoricalNLL() });
  const [x, y] = [tf.ones([4, 3]), tf.oneHot([0, 1, 1, 0], 2).toFloat()];
  await trained.trainOnBatch(x, y);
  tf.dispose([x, y]);
  gone.dispose();
  const regression = tf.sequential({
    layers: [
      hiddenLayer({
        units: 1,
        non_linearity: 'linear',
        inputShape: [3],
        include_input_bias: true,
        include_hidden_bias: false,
        KL_factor: 0.1,
        seed: 3,
        name: 'regression_only',
      }),
      learnedNoise({ name: 'regression_noise' }),
    ],
  });
  regression.compile({ optimizer: tf.train.sgd(0.01), loss: gaussianNLL({ stddev: 'output' }) });
  const plain = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'plain_only' })],
  });
  plain.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  made = { trained, bare, gone, regression, plain, checkpoint: await checkpointOf(trained) };
}

/** What `saveCheckpoint` hands to a save handler. */
export async function checkpointOf(model: tf.LayersModel, epoch = 3): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
  });
  await saveCheckpoint(model, handler, epoch);
  return saved!;
}

type Target = Record<string, (...args: unknown[]) => unknown>;

const prediction = async (name: 'trained' | 'regression', draws: boolean): Promise<Target> => {
  const x = tf.ones([4, 3]);
  const options = name === 'trained' ? {} : { likelihood: { family: 'gaussian', stddev: 'output' } as const };
  const result = await predictive(fixtures()[name], x, {
    // The model may keep one that somebody has set since.
    ...{ samples: 3, seed: 1, draws, calibration: false as const },
    ...options,
  });
  x.dispose();
  return result as unknown as Target;
};

/** Objects whose methods are public, each with the class that `src` declares. */
export const targets: Record<string, { cls: string; make: () => Promise<Target> }> = {
  'a HiddenLayer': {
    cls: 'HiddenLayer',
    make: () => Promise.resolve(fixtures().bare.layers[0] as unknown as Target),
  },
  'a LearnedNoise': {
    cls: 'LearnedNoise',
    make: () => Promise.resolve(fixtures().regression.layers[1] as unknown as Target),
  },
  'a HiddenLayerDistribution': {
    cls: 'HiddenLayerDistribution',
    make() {
      const [X, A_mean, A_scale] = [tf.ones([4, 3]), tf.ones([3, 2]), tf.ones([3, 2])];
      const distribution = new HiddenLayerDistribution({ X, A_mean, A_scale, seed: 1 });
      const dispose = (): void => tf.dispose([X, A_mean, A_scale]);
      return Promise.resolve(Object.assign(distribution, { dispose }) as unknown as Target);
    },
  },
  'a Predictive of classes': { cls: 'Predictive', make: () => prediction('trained', false) },
  'a Predictive with draws': { cls: 'Predictive', make: () => prediction('regression', true) },
};
