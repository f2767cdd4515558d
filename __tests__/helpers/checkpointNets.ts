/** A net that is trained and saved between epochs, and where its checkpoints are kept. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { scattered } from './closedForms';
import { squares } from './modelData';
import { throughFile } from './savedModels';

const plain = { KL_factor: 0.01, include_hidden_bias: false, include_input_bias: false, seed: 1 } as const;

/** With next to no noise, so that two runs can be compared; a loss and a metric that no file can name. */
export function net(optimizer: tf.Optimizer = tf.train.adam(0.05), units = 3): tf.Sequential {
  const A_scale_initializer = 1e-7;
  const layers = [
    hiddenLayer({ units, inputShape: [2], A_scale_initializer, ...plain }),
    tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
  ];
  const model = tf.sequential({ layers });
  model.compile({ optimizer, loss: squares, metrics: [squares] });
  return model;
}

/** Keeps what was saved last, as a file would. */
export function store(): { handler: tf.io.IOHandler; saved: tf.io.ModelArtifacts[] } {
  const saved: tf.io.ModelArtifacts[] = [];
  const handler: tf.io.IOHandler = {
    save: (artifacts) => {
      saved.push(artifacts);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    },
    load: () => throughFile(saved.at(-1)!).load!(),
  };
  return { handler, saved };
}

export const train = async (model: tf.LayersModel, epochs: number, more: object = {}): Promise<void> => {
  const [x, y] = [tf.tensor2d(scattered(8, 2)), tf.tensor2d(scattered(8, 1, 3))];
  await model.fit(x, y, { epochs, batchSize: 4, shuffle: false, verbose: 0, ...more });
  tf.dispose([x, y]);
};

export const weightsOf = (model: tf.LayersModel): tf.TensorLike[] =>
  model.getWeights().map((w) => w.arraySync());

/** Behind which epochs checkpoints were saved. */
export const epochsOf = (saved: tf.io.ModelArtifacts[]): number[] =>
  saved.map(({ userDefinedMetadata }) => {
    const [state] = Object.values(userDefinedMetadata as Record<string, { epoch: number }>);
    return state!.epoch;
  });
