import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpoint } from '../../src/checkpoint/checkpoint';
import { latestCheckpoint, restoreCheckpoint, saveCheckpoint } from '../../src/checkpoint/savedTraining';
import { onBackend } from '../helpers/eachBackend';
import { collectWarnings } from '../helpers/warnings';

function net(): tf.Sequential {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  model.compile({ optimizer: tf.train.momentum(0.1, 0.9), loss: 'meanSquaredError' });
  return model;
}

/** Every number of weights and slots is `value`, and the epoch too. */
async function saveAll(model: tf.LayersModel, url: string, value: number): Promise<void> {
  tf.tidy(() => model.setWeights(model.weights.map(({ shape }) => tf.fill(shape as number[], value))));
  await saveCheckpoint(model, url, value);
}

const numbersOf = (model: tf.LayersModel): number[] => [
  ...new Set(model.getWeights().flatMap((w) => [...w.dataSync()])),
];

onBackend('tensorflow', 'checkpoints in files', () => {
  const warnings = collectWarnings();
  let folder: string;
  let url: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tfjs-bnn-'));
    url = `file://${folder}/new/deep`;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('lie in two slots by turns, each a saved model; the newest is restored', async () => {
    const model = net();
    for (const epoch of [1, 2, 3]) await saveAll(model, url, epoch);
    const inSlot = async (slot: string): Promise<number[]> =>
      numbersOf(await tf.loadLayersModel(`${url}/${slot}/model.json`));
    expect([await inSlot('a'), await inSlot('b')]).toEqual([[3], [2]]);
    expect(readdirSync(join(folder, 'new/deep')).sort()).toEqual(['a', 'b']);
    for (const from of [url, `${url}/`, `${url}/model.json`, `${url}/a`, `${url}/a/model.json`])
      expect(await restoreCheckpoint(net(), from)).toEqual({ epoch: 3 });
    expect(await restoreCheckpoint(net(), `${url}/b`)).toEqual({ epoch: 2 });
    expect(numbersOf(await tf.loadLayersModel(latestCheckpoint(url)))).toEqual([3]);
    expect(await warnings()).toEqual([]);
  });

  test('wait for one another: saves that are begun at once', async () => {
    const model = net();
    await Promise.all([1, 2, 3, 4].map((epoch) => saveCheckpoint(model, url, epoch)));
    expect(await restoreCheckpoint(net(), url)).toEqual({ epoch: 4 });
    expect(await restoreCheckpoint(net(), `${url}/a`)).toEqual({ epoch: 3 });
  });

  test('of the first format, in the folder itself, are restored, and replaced', async () => {
    const model = net();
    await saveAll(model, url, 1);
    const { userDefinedMetadata, ...artifacts } = await latestCheckpoint(url).load!();
    const [key] = Object.keys(userDefinedMetadata!);
    rmSync(join(folder, 'new/deep'), { recursive: true });
    const [handler] = tf.io.getSaveHandlers(url);
    const old = { [key!]: { format: 1, epoch: 9, optimizer: 'Momentum' } };
    await handler!.save!({ ...artifacts, userDefinedMetadata: old });
    expect(await restoreCheckpoint(net(), url)).toEqual({ epoch: 9 });
    await saveAll(model, url, 2);
    expect(await restoreCheckpoint(net(), url)).toEqual({ epoch: 2 });
  });

  test('say that there are none', async () => {
    await expect(restoreCheckpoint(net(), url)).rejects.toThrow(
      `checkpoint: a saved checkpoint is needed, got nothing at "${url}".`,
    );
    await net().save(`file://${folder}`);
    await expect(restoreCheckpoint(net(), `file://${folder}`)).rejects.toThrow(
      `checkpoint: file://${folder}: a saved checkpoint is needed, got a model without one`,
    );
  });

  /** A damage of one file: bytes turned, cut off, put in, or all of it gone. */
  function damage(path: string): void {
    const bytes = readFileSync(path);
    const at = Math.floor(Math.random() * bytes.length);
    const kind = Math.floor(Math.random() * 5);
    if (kind === 0) rmSync(path);
    else if (kind === 1) writeFileSync(path, bytes.subarray(0, at));
    else if (kind === 2) writeFileSync(path, Buffer.concat([bytes.subarray(0, at), bytes.subarray(at / 2)]));
    else {
      const length = kind === 3 ? 1 : 1 + Math.floor(Math.random() * 64);
      for (let i = at; i < Math.min(at + length, bytes.length); i++)
        bytes[i]! ^= 1 + Math.floor(Math.random() * 255);
      writeFileSync(path, bytes);
    }
  }

  test('that are damaged anywhere give the one before, or one error that names the file, and never a torn model', async () => {
    const [model, other] = [net(), net()];
    const path = (slot: string, file: string): string => join(folder, 'new/deep', slot, file);
    await saveAll(model, url, 1);
    await saveAll(model, url, 2);
    const files = ['a', 'b'].flatMap((slot) => ['model.json', 'weights.bin'].map((file) => path(slot, file)));
    const whole = files.map((file) => readFileSync(file));
    const before = numbersOf(other);
    const tensors = tf.memory().numTensors;
    const seen = { newest: 0, before: 0, error: 0 };
    for (let i = 0; i < 120; i++) {
      const file = Math.random() < 0.5 ? 'model.json' : 'weights.bin';
      damage(path('b', file));
      const both = Math.random() < 0.3;
      if (both) damage(path('a', 'weights.bin'));
      const outcome = await restoreCheckpoint(other, url).catch((error: unknown) => (error as Error).message);
      if (typeof outcome === 'string') {
        seen.error++;
        expect(both).toBe(true);
        expect(outcome).toMatch(/^checkpoint: file:\/\/.*\/[ab]: it (is damaged|cannot be loaded)/);
      } else {
        const { epoch } = outcome;
        seen[epoch === 2 ? 'newest' : 'before']++;
        expect(numbersOf(other)).toEqual([epoch]);
      }
      tf.tidy(() => other.setWeights(model.weights.map(({ shape }) => tf.zeros(shape as number[]))));
      files.forEach((name, k) => writeFileSync(name, whole[k]!));
    }
    expect(before).not.toEqual([]);
    expect(seen.before).toBeGreaterThan(60);
    expect(seen.error).toBeGreaterThan(15);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('are kept where the slot that they are in is damaged, and where a file cannot be read', async () => {
    const model = net();
    await saveAll(model, url, 1);
    await saveAll(model, url, 2);
    writeFileSync(join(folder, 'new/deep/b/weights.bin'), 'x');
    await saveAll(model, url, 3);
    expect(await restoreCheckpoint(net(), `${url}/a`)).toEqual({ epoch: 1 });
    expect(await restoreCheckpoint(net(), url)).toEqual({ epoch: 3 });
  });
});

describe('checkpoints in the local storage', () => {
  const warnings = collectWarnings();
  let items: Map<string, string>;
  let states: Array<Map<string, string>>;
  beforeAll(() => tf.setBackend('cpu'));
  beforeEach(() => {
    items = new Map();
    states = [];
    const localStorage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => {
        items.set(key, value);
        states.push(new Map(items));
      },
      removeItem: (key: string) => items.delete(key),
    };
    tf.env().set('IS_BROWSER', true);
    Object.assign(globalThis, { window: { localStorage, btoa, atob } });
  });
  afterEach(() => {
    tf.env().set('IS_BROWSER', false);
    Reflect.deleteProperty(globalThis, 'window');
  });

  test('are whole whenever the page is closed, between any two items', async () => {
    const [model, url] = [net(), 'localstorage://digits'];
    const done: number[] = [];
    for (const epoch of [1, 2, 3, 4]) {
      await saveAll(model, url, epoch);
      done.push(states.length);
    }
    expect(states.length).toBeGreaterThan(16);
    for (let i = done[0]! - 1; i < states.length; i++) {
      items = states[i]!;
      const other = net();
      const { epoch } = await restoreCheckpoint(other, url);
      expect(numbersOf(other)).toEqual([epoch]);
      expect(epoch).toBeGreaterThanOrEqual(done.filter((count) => count <= i + 1).length);
    }
    expect((await warnings()).length).toBeGreaterThan(0);
  });

  test('survive a quota that is exceeded, where TensorFlow.js deletes what it wrote', async () => {
    const [model, url] = [net(), 'localstorage://digits'];
    for (const epoch of [1, 2]) await saveAll(model, url, epoch);
    const { setItem } = window.localStorage;
    window.localStorage.setItem = (key, value) => {
      if (key.endsWith('weight_data')) throw new Error('QuotaExceededError');
      setItem(key, value);
    };
    await expect(saveAll(model, url, 3)).rejects.toThrow('size quota');
    expect(await restoreCheckpoint(net(), url)).toEqual({ epoch: 2 });
  });
});

describe('other places', () => {
  beforeAll(() => tf.setBackend('cpu'));
  collectWarnings();

  test('get one whole save, and what they load is checked', async () => {
    const saves: tf.io.ModelArtifacts[] = [];
    const handler: tf.io.IOHandler = {
      save: (artifacts) => {
        saves.push(structuredClone(artifacts));
        return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
      },
      load: () => Promise.resolve(saves.at(-1)!),
    };
    tf.io.registerSaveRouter((to) => (String(to).startsWith('mine://') ? handler : null!));
    tf.io.registerLoadRouter((from) => (String(from).startsWith('mine://') ? handler : null!));
    const model = net();
    await saveAll(model, 'mine://x', 1);
    await saveAll(model, 'mine://x', 2);
    expect(saves).toHaveLength(2);
    expect(await restoreCheckpoint(net(), 'mine://x')).toEqual({ epoch: 2 });
    new Uint8Array(saves[1]!.weightData as ArrayBuffer)[3]! ^= 1;
    await expect(restoreCheckpoint(net(), 'mine://x')).rejects.toThrow(
      'checkpoint: mine://x: it is damaged: the checksum must be',
    );
  });

  test('that nobody knows are refused when the callback is made', () => {
    for (const url of ['nowhere://x', 'checkpoint', 'https:/x'])
      expect(() => checkpoint(url)).toThrow(`checkpoint: one handler must know the URL, got 0 for "${url}"`);
  });
});
