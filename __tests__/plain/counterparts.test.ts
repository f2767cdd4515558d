import * as tf from '@tensorflow/tfjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { learnedNoise } from '../../src';
import { eachBackend, startBackend } from '../helpers/eachBackend';
import { disposeOf, hidden, output, rowsFor, sequential } from '../helpers/models';
import { expectPlainNet, plainOf, predictions } from '../helpers/plainNets';
import { expectAllClose } from '../helpers/toBeAllClose';

eachBackend('learnedNoise', () => {
  test.each<[string, () => tf.LayersModel]>([
    ['behind means', () => sequential(output({ inputShape: [3] }), learnedNoise({ stddev: 0.2 }))],
    [
      'behind means of a series',
      () => sequential(output({ inputShape: [4, 3] }), learnedNoise({ stddev: 3 })),
    ],
    ['behind a column of ones', () => sequential(hidden({ inputShape: [3] }), learnedNoise({ stddev: 0.2 }))],
    [
      'at every step',
      () => sequential(output({ inputShape: [4, 3] }), tf.layers.timeDistributed({ layer: learnedNoise() })),
    ],
  ])('%s becomes a dense layer', (_, build) => {
    expectPlainNet(build, ['Dense', 'Dense']);
  });

  test('keeps means and noise to the bit', () => {
    tf.tidy(() => {
      const model = sequential(
        tf.layers.dense({ units: 2, inputShape: [3] }),
        output({ include_hidden_bias: false }),
        learnedNoise({ stddev: 0.2 }),
      );
      const plain = plainOf(model);
      const [x] = rowsFor(model, 3);
      const [kernel, bias] = plain.layers.at(-1)!.getWeights();
      expect(Array.from(kernel!.dataSync())).toEqual([1, 0, 0, 0, 0, 1, 0, 0]);
      const [, , , raw] = predictions(model, [x!])[0]!.dataSync();
      expect(Array.from(bias!.dataSync())).toEqual([0, 0, raw, raw]);
    });
  });
});

describe('a saved plain net', () => {
  let folder: string;
  beforeAll(async () => {
    await startBackend('cpu');
    folder = mkdtempSync(join(tmpdir(), 'plain-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is loaded by a program that has never heard of this package', async () => {
    const model = sequential(
      hidden({ inputShape: [3], include_input_bias: true }),
      tf.layers.batchNormalization(),
      tf.layers.leakyReLU(),
      output({ units: 1 }),
      learnedNoise({ stddev: 0.3 }),
    );
    const plain = plainOf(model);
    let saved: tf.io.ModelArtifacts | undefined;
    await plain.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    const [x] = rowsFor(model, 3);
    const weightData = Buffer.from(saved!.weightData as ArrayBuffer).toString('base64');
    const file = join(folder, 'model.json');
    writeFileSync(file, JSON.stringify({ ...saved, weightData, x: x!.arraySync() }));
    const program = `
      const tf = require('@tensorflow/tfjs');
      const { x, weightData, ...artifacts } = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'));
      const bytes = new Uint8Array(Buffer.from(weightData, 'base64')).buffer;
      tf.loadLayersModel(tf.io.fromMemory({ ...artifacts, weightData: bytes })).then((model) => {
        console.log(JSON.stringify({
          y: model.predict(tf.tensor(x)).arraySync(),
          ours: Object.keys(require.cache).filter((name) => /tfjs-bnn|hiddenLayer/i.test(name)),
        }));
      });`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program, file], {
      cwd: resolve(__dirname, '../..'),
      encoding: 'utf8',
    });
    const last = stdout.trim().split('\n').at(-1)!;
    expect(last === '' ? stderr : '').toBe('');
    const { y, ours } = JSON.parse(last) as { y: number[][]; ours: string[] };
    expect(ours).toEqual([]);
    const expected = predictions(model, [x!]);
    const loaded = tf.tensor(y);
    expectAllClose(loaded, expected[0]!, { atol: 1e-5 });
    tf.dispose([loaded, expected, x!]);
    disposeOf(plain, model);
  });
});
