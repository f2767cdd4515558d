/** What a backend has no room for is refused before it is made, and all that lives on it lives on. */
import * as tf from '@tensorflow/tfjs';
import { normals, normalsInJavaScript } from '../../src/kernels/normals';
import { checkRoom } from '../../src/kernels/room';
import { product } from '../helpers/denseDraws';
import { HiddenLayerDistribution } from '../../src/distribution';
import { hiddenLayer } from '../../src/layers/hidden';
import { predictive } from '../../src/predict/predictive';
import { standardNormal } from '../../src/noise/noise';
import { scattered } from '../helpers/closedForms';
import { eachBackend, onBackend } from '../helpers/eachBackend';
import { expectCleanThrow } from '../helpers/leaks';
import { hidden } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

/** A net that lives on the backend, and what it predicts: the same as long as nobody writes over it. */
function neighbour(): { expectAlive: () => void } {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
  const x = tf.tensor2d(scattered(5, 4));
  const predicted = (): number[] => tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);
  const before = predicted();
  return {
    expectAlive() {
      expect(predicted()).toEqual(before);
      expectAllClose(
        tf.tidy(() => tf.sum(tf.ones([1000])).dataSync()[0]!),
        1000,
      );
      x.dispose();
      model.dispose();
    },
  };
}

eachBackend('too large for the backend', (backend) => {
  const LIMIT = `the ${backend} backend must have room`;

  test.each([
    [3.6e10, 1],
    [2 ** 31, 2],
    // Of the bytes nothing is left modulo 2³².
    [2 ** 30, 4],
    [2 ** 53 - 1, 7],
  ])(
    'are the weights of a layer of %d units on %d inputs: it says its name, the bytes and the limit',
    (units, D) => {
      const { expectAlive } = neighbour();
      const build = (): void => hiddenLayer({ units, name: 'monster', datasetSize: 10 }).build([null, D]);
      const words = new RegExp(
        `^Error: monster: ${LIMIT}.*a limit of \\d+ bytes, got \\d[\\de.+]* bytes for.* \\[${D}, ${units}\\]`,
      );
      expectCleanThrow(build, '');
      let message = '';
      try {
        build();
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(words);
      expectAlive();
    },
  );

  test('is a layer in the file of a hostile model', async () => {
    const { expectAlive } = neighbour();
    const model = tf.sequential({ layers: [hidden({ inputShape: [4], name: 'hostile' })] });
    const topology = JSON.parse(JSON.stringify(model.toJSON(null, false)), (key, value: unknown) =>
      key === 'units' ? 3.6e10 : value,
    ) as object;
    model.dispose();
    const before = tf.memory().numTensors;
    const load = tf.loadLayersModel(tf.io.fromMemory({ modelTopology: topology }));
    await expect(load).rejects.toThrow(`hostile: ${LIMIT}`);
    expect(tf.memory().numTensors).toBe(before);
    expectAlive();
  });

  test('is what a layer makes of a batch', () => {
    const { expectAlive } = neighbour();
    const layer = hidden({ name: 'wide', units: 2 });
    layer.build([null, 1]);
    // No numbers lie behind it: it is refused for its shape.
    const X = { shape: [2 ** 31, 1], rank: 2, dtype: 'float32', dataId: {} };
    expectCleanThrow(() => layer.call(X as unknown as tf.Tensor, {}), `wide: ${LIMIT}`);
    tf.dispose(layer.getWeights());
    expectAlive();
  });

  test.each([false, true])(
    'are draws of a distribution, weight_space_sampling %p',
    (weight_space_sampling) => {
      const { expectAlive } = neighbour();
      const [X, A] = [tf.ones([1, 2]), tf.ones([2, 3])];
      const distribution = new HiddenLayerDistribution({ X, A_mean: A, A_scale: A, weight_space_sampling });
      for (const sampleShape of [[2 ** 30], [2 ** 20, 2 ** 20], [3.6e10]])
        expectCleanThrow(() => distribution.sample(sampleShape), `HiddenLayerDistribution: ${LIMIT}`);
      tf.dispose([X, A]);
      expectAlive();
    },
  );

  test('is not what finds room', () => {
    expect(() => checkRoom('here', [1000, 1000], 4)).not.toThrow();
    expect(() => checkRoom('here', [0])).not.toThrow();
  });
});

interface Heap {
  wasm: { _malloc: (bytes: number) => number };
}

onBackend('wasm', 'where the heap is full', () => {
  let malloc: jest.SpyInstance<number, [bytes: number]>;
  /** As if there were so many bytes left for each array. */
  const fill = (left: number): void => {
    const { wasm } = tf.backend() as unknown as Heap;
    const real = wasm._malloc;
    malloc = jest.spyOn(wasm, '_malloc').mockImplementation((bytes) => (bytes > left ? 0 : real(bytes)));
  };
  afterEach(() => malloc.mockRestore());

  test.each<[string, () => unknown]>([
    ['noise', () => standardNormal([100, 100], 1)],
    ['a product', () => tf.tidy(() => product(tf.zeros([100, 2]), tf.zeros([2, 100])))],
    ['the weights of a layer', () => hidden({ units: 100 }).build([null, 100])],
  ])('%s is refused', (_, make) => {
    const { expectAlive } = neighbour();
    fill(20_000);
    const { numTensors } = tf.memory();
    expect(make).toThrow(
      'the wasm backend must have room for more tensors, within a limit of 4294967296 bytes',
    );
    malloc.mockRestore();
    expect(tf.memory().numTensors - numTensors).toBeLessThanOrEqual(0);
    expectAlive();
    expect(() => tf.dispose(make() as tf.Tensor)).not.toThrow();
  });

  test('the outputs of a layer are refused with its name, and its weights live on', () => {
    const { expectAlive } = neighbour();
    const layer = hidden({ units: 100, name: 'wide' });
    layer.build([null, 3]);
    const X = tf.zeros([100, 3]);
    fill(20_000);
    expectCleanThrow(() => layer.apply(X), 'wide: the wasm backend must have room');
    malloc.mockRestore();
    expect((layer.apply(X) as tf.Tensor).shape).toEqual([100, 101]);
    tf.dispose([X, layer.getWeights()]);
    expectAlive();
  });

  test.each([false, true])(
    'many draws of a prediction are refused with the name of the layer, weight_space_sampling %p',
    async (weight_space_sampling) => {
      const { expectAlive } = neighbour();
      const layers = [
        hidden({ units: 3, inputShape: [2], weight_space_sampling }),
        hidden({ units: 100, name: `wide_${weight_space_sampling}`, weight_space_sampling }),
      ];
      const model = tf.sequential({ layers });
      const x = tf.zeros([100, 2]);
      fill(1_000_000);
      const { numTensors } = tf.memory();
      await expect(predictive(model, x, { samples: 32 })).rejects.toThrow(
        `wide_${weight_space_sampling}: the wasm backend must have room for more tensors`,
      );
      malloc.mockRestore();
      expect(tf.memory().numTensors).toBe(numTensors);
      const p = await predictive(model, x, { samples: 32 });
      p.dispose();
      model.dispose();
      x.dispose();
      expectAlive();
    },
  );

  test('3.6e8 units are refused before anything is asked of the heap', () => {
    fill(Infinity);
    expectCleanThrow(
      () => hidden({ units: 3.6e8, name: 'monster' }).build([null, 1]),
      'monster: the wasm backend must have room for more tensors, within a limit of 4294967296 bytes, got 8640000000 bytes',
    );
    // Four bytes are the prior's.
    expect(malloc.mock.calls.filter(([bytes]) => bytes > 4)).toEqual([]);
  });
});

onBackend('cpu', 'where our own memory cannot grow', () => {
  let grow: jest.SpyInstance;
  beforeEach(() => {
    grow = jest.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
    });
  });
  afterEach(() => grow.mockRestore());

  test('noise is made in JavaScript', () => {
    const n = 1e5;
    const numbers = normals(n, [1, 2, 3, 4]);
    expect(grow).toHaveBeenCalled();
    expect(numbers.slice(0, 9)).toEqual(normalsInJavaScript(9, [1, 2, 3, 4]));
    expect(numbers.length).toBe(n);
  });

  test('a product says how many bytes it wants, and one that finds room is made', () => {
    tf.tidy(() => {
      const column = tf.ones([2000, 1]);
      expect(() => product(column, column.reshape([1, 2000]))).toThrow(
        /within a limit of 4294967296 bytes, got 160\d{5} bytes; take smaller batches/,
      );
      expectAllClose(product(tf.ones([3, 2]), tf.ones([2, 1])), [[2], [2], [2]]);
    });
  });
});
