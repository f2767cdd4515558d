/**
 * Writes a model as `tf.loadLayersModel` reads it, in Node and over http: model.json and weights.bin.
 *
 * TensorFlow.js itself writes files in Node only with tfjs-node; this does it on every backend.
 */
import * as tf from '@tensorflow/tfjs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the folder where it is missing. The optimizer is not saved. */
export async function saveModel(net: tf.LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await net.save(
    tf.io.withSaveHandler(async ({ weightData, weightSpecs, ...description }) => {
      const bytes = tf.io.CompositeArrayBuffer.join(weightData);
      const model: tf.io.ModelJSON = {
        ...description,
        modelTopology: description.modelTopology!,
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs! }],
      };
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(bytes));
      await writeFile(join(folder, 'model.json'), JSON.stringify(model));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
}
