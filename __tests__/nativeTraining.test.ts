import * as tf from '@tensorflow/tfjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gaussianNLL, posteriorMean } from '../src/index';
import { adam, bayesianNet, N, X, Y } from './conformance/nets';
import { backends, startBackend } from './helpers/eachBackend';
import { expectAllClose } from './helpers/toBeAllClose';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-bnn-training-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains on the current backend; returns the mean loss of the last epochs. */
async function train(model: tf.LayersModel): Promise<number> {
  const optimizer = adam(0.03);
  model.compile({ optimizer, loss: gaussianNLL({ stddev: 0.1 }) });
  const [x, y] = [tf.tensor2d(X), tf.tensor2d(Y)];
  const { history } = await model.fit(x, y, { epochs: 40, batchSize: N, shuffle: false, verbose: 0 });
  tf.dispose([x, y]);
  optimizer.dispose();
  const last = (history.loss as number[]).slice(-10);
  return last.reduce((sum, loss) => sum + loss, 0) / last.length;
}

/** What the net of the mean weights predicts, on the current backend. */
async function predicted(model: tf.LayersModel): Promise<tf.TensorLike> {
  const plain = posteriorMean(model);
  const x = tf.tensor2d(X);
  const y = plain.predict(x) as tf.Tensor;
  const values = await y.array();
  tf.dispose([x, y]);
  plain.dispose();
  return values;
}

const testNative = backends.includes('tensorflow') ? test : test.skip;

testNative(
  'a net goes from native to wasm to cpu through files, trains on at each, and predicts the same [tensorflow]',
  async () => {
    const losses = [];
    let file: string | undefined;
    for (const backend of ['tensorflow', 'wasm', 'cpu']) {
      await startBackend(backend);
      const model =
        file === undefined ? bayesianNet(1, 'linear') : await tf.loadLayersModel(`${file}/model.json`);
      losses.push(await train(model));
      file = pathToFileURL(join(folder, backend)).href;
      await model.save(file);

      const here = await predicted(model);
      for (const other of backends) {
        await startBackend(other);
        const loaded = await tf.loadLayersModel(`${file}/model.json`);
        expectAllClose(await predicted(loaded), here, { rtol: 0, atol: 1e-5 });
        loaded.dispose();
      }
      await startBackend(backend);
      model.dispose();
    }
    // Each goes on where the one before stopped: the weights are trained further, not made anew.
    expect(Math.max(losses[1]!, losses[2]!)).toBeLessThan(losses[0]!);
  },
);
