/** Models on their way through a file. */
import * as tf from '@tensorflow/tfjs';

/** What `save` hands to its handler. */
export async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((given) => {
      artifacts = given;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return artifacts!;
}

/** As text on a disk has it. */
export function throughFile(artifacts: tf.io.ModelArtifacts): tf.io.IOHandler {
  const { weightData, ...rest } = artifacts;
  const text = JSON.stringify(rest);
  return tf.io.fromMemory({ ...(JSON.parse(text) as tf.io.ModelArtifacts), weightData: weightData! });
}
