/**
 * What every cell of the matrix does: trains 20 steps, saves, loads, predicts and diagnoses.
 *
 * A text, since it goes through bundlers, into pages and into other runtimes. It chains no ops, which core has not.
 */
export const TRIAL = `async function trial(tf, bnn) {
  const x = tf.reshape(tf.linspace(-1, 1, 64), [64, 1]);
  const y = tf.sin(tf.mul(3, x));
  const model = tf.sequential({
    layers: [
      bnn.hiddenLayer({ units: 16, inputShape: [1], include_input_bias: true, datasetSize: 64, seed: 1 }),
      bnn.layers.dense({ units: 1, datasetSize: 64, seed: 2 }),
    ],
  });
  model.compile({ optimizer: bnn.adam({ learningRate: 0.02 }), loss: bnn.gaussianNLL({ stddev: 0.3 }) });
  const losses = [];
  for (let step = 0; step < 20; step++) losses.push(await model.trainOnBatch(x, y));
  if (!(losses[19] < losses[0])) throw new Error('the loss did not fall: ' + losses.join(' '));

  let artifacts;
  await model.save(tf.io.withSaveHandler(async (given) => {
    artifacts = given;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }));
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  if (!(loaded.layers[0] instanceof bnn.HiddenLayer)) throw new Error('loaded as something else');
  const weights = (of) => JSON.stringify(of.getWeights().map((weight) => Array.from(weight.dataSync())));
  if (weights(loaded) !== weights(model)) throw new Error('loaded with other weights');

  const prediction = await bnn.predictive(loaded, x, { samples: 20, seed: 3 });
  const mean = await prediction.mean().data();
  if (mean.length !== 64 || !mean.every(Number.isFinite)) throw new Error('predicted ' + mean);
  const { layers } = await bnn.diagnose(model);
  if (layers.length !== 2) throw new Error('diagnosed ' + JSON.stringify(layers));
  return { backend: tf.getBackend(), steps: losses.length, exports: Object.keys(bnn).filter((name) => name !== 'default').sort() };
}`;

/** What the trial tells of itself. */
export interface Outcome {
  backend: string;
  steps: number;
  exports: string[];
}

/** `run(tf, bnn)` in text: the trial on the cpu backend, which every machine has and which starts at once. */
export const RUN = `${TRIAL}
async function run(tf, bnn) {
  await tf.setBackend('cpu');
  return trial(tf, bnn);
}`;

/** In a worker: answers with the outcome. */
export const ANSWER = `run(tf, bnn).then(postMessage, (error) => postMessage({ failed: String(error.stack) }));`;

/** In a page: the outcome is what the worker that `start` makes answers. */
export const ask = (start: string): string => `globalThis.outcome = new Promise((resolve, reject) => {
  const worker = ${start};
  worker.onmessage = ({ data }) => ('failed' in data ? reject(new Error(data.failed)) : resolve(data));
  worker.onerror = (event) => reject(new Error(event.message ?? 'the worker did not start'));
});`;
