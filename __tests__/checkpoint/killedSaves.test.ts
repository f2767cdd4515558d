import * as tf from '@tensorflow/tfjs';
import { buildSync } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreCheckpoint, saveCheckpoint } from '../../src/checkpoint/savedTraining';
import type { State } from '../../src/checkpoint/sealed';
import { onBackend } from '../helpers/eachBackend';
import { collectWarnings } from '../helpers/warnings';

const KILLS = 100;
const helpers = join(__dirname, '..', 'helpers');

// A hundred programs on a busy machine take their time.
jest.setTimeout(180_000);

onBackend('tensorflow', 'saves that are killed', () => {
  const warnings = collectWarnings();
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tfjs-bnn-killed-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  const net = (): tf.LayersModel => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 100, inputShape: [200] })] });
    model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
    return model;
  };

  /** What a checkpoint of `net` is made of, for a program that has no layers. */
  async function writePattern(file: string): Promise<void> {
    const model = net();
    await model.fit(tf.ones([1, 200]), tf.ones([1, 100]), { verbose: 0 });
    let pattern: object = {};
    const save = ({ modelTopology, weightSpecs, userDefinedMetadata }: tf.io.ModelArtifacts): void => {
      const [{ optimizer, variables, slots }] = Object.values(userDefinedMetadata!) as [State];
      pattern = { modelTopology, weightSpecs, state: { optimizer, variables, slots } };
    };
    await saveCheckpoint(
      model,
      tf.io.withSaveHandler((artifacts) => {
        save(artifacts);
        return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
      }),
    );
    writeFileSync(file, JSON.stringify(pattern));
  }

  /** Starts the program, kills it at some moment behind its first save, and hands back the last save that it reported. */
  async function lastReported(program: string[], delay: number): Promise<number> {
    const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (text) => (said += String(text)));
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
    await new Promise((done) => setTimeout(done, delay));
    if (!child.kill('SIGKILL')) throw new Error('The program ended by itself.');
    await once(child, 'close');
    return Number(said.trimEnd().split('\n').at(-1));
  }

  test(`${KILLS} times, leave the newest whole checkpoint each time`, async () => {
    const [program, pattern] = [join(folder, 'program.cjs'), join(folder, 'pattern.json')];
    await writePattern(pattern);
    buildSync({
      entryPoints: [join(helpers, 'saveUntilKilled.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      mainFields: ['module', 'main'],
      alias: { '@tensorflow/tfjs': join(helpers, 'ioAlone.ts') },
      logLevel: 'error',
    });
    // Two at a time, each with a place and a model of its own.
    const lanes = ['one', 'two'].map(async (name) => {
      const model = net();
      const url = `file://${join(folder, name)}`;
      let next = 1;
      for (let i = 0; i < KILLS / 2; i++) {
        const reported = await lastReported([program, url, pattern, String(next)], Math.random() * 60);
        const { epoch } = await restoreCheckpoint(model, url);
        const state = await model.optimizer.getWeights();
        const tensors = [...model.getWeights(), ...state.map(({ tensor }) => tensor)];
        const numbers = tensors.flatMap((tensor) => [...new Set(tensor.dataSync())]);
        state[0]!.tensor.dispose();
        expect(epoch).toBeGreaterThanOrEqual(reported);
        expect([...new Set(numbers)]).toEqual([epoch]);
        next = epoch + 1;
      }
    });
    await Promise.all(lanes);
    // It is in the middle of saves that they were killed.
    const torn = (await warnings()).filter((message) => message.includes('The intact one is used'));
    expect(torn.length).toBeGreaterThan(0);
  });
});
