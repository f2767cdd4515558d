/** Saving and loading: the artifacts go through JSON as in a file. */
import * as tf from '@tensorflow/tfjs';
import { predictive } from '../../src/index';
import { bayesianLayers } from '../../src/layers/bayesian';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';
import { bayesianNet, N, X } from './nets';

/** Saves into memory and loads from there. */
export async function savedAndLoaded(model: tf.LayersModel): Promise<tf.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((given) => {
      artifacts = given;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  const { modelTopology, weightSpecs, weightData } = artifacts!;
  const file = JSON.parse(JSON.stringify({ modelTopology, weightSpecs })) as typeof artifacts;
  return tf.loadLayersModel(tf.io.fromMemory({ ...file, weightData }));
}

export const saving: Check[] = [false, true].map((weight_space_sampling) => ({
  name: `save → load: weights, options and draws come back${weight_space_sampling ? ', weight space' : ''}`,
  run: async () => {
    const model = bayesianNet(2, 'softmax', {
      ...{ datasetSize: N, klWeight: 0.3, A_prior_scale: 0.7, weight_space_sampling },
    });
    const loaded = await savedAndLoaded(model);
    const weights = await taken(...[model, loaded].flatMap((m) => m.getWeights().map((w) => w.clone())));
    const half = weights.length / 2;
    expectAllClose(weights.slice(half).flat(), weights.slice(0, half).flat(), { rtol: 0, atol: 0 });
    const [before, after] = [model, loaded].map((m) => JSON.stringify(m.layers.map((l) => l.getConfig())));
    if (before !== after) throw new Error(`${before} came back as ${after}`);
    const kls = await taken(...[model, loaded].flatMap((m) => bayesianLayers(m).map((layer) => layer.kl())));
    expectAllClose(kls.slice(2), kls.slice(0, 2), { rtol: 0, atol: 0 });

    const x = tf.tensor2d(X);
    const means = [];
    for (const each of [model, loaded]) {
      const found = await predictive(each, x, { samples: 3, seed: 4 });
      means.push(found.mean());
      found.dispose();
      each.dispose();
    }
    const [mean, meanOfLoaded] = await taken(...means);
    expectAllClose(meanOfLoaded!, mean!, { rtol: 0, atol: 0 });
    x.dispose();
  },
}));
