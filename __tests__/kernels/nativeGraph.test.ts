import * as tf from '@tensorflow/tfjs';
import { existsSync } from 'node:fs';
import { nativeKernels } from '../../src/kernels/native';
import { loadGraph } from '../../src/kernels/nativeGraph';
import { onBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';
import { watchBinding } from '../helpers/watchBinding';

interface Binding {
  loadSavedModel: jest.Mock<number, [folder: string, tags: string]>;
  runSavedModel: jest.Mock<Array<{ id: number }>>;
  createTensor: jest.Mock<number>;
  deleteTensor: jest.Mock<void, [id: number]>;
}

onBackend('tensorflow', 'the native graph', () => {
  let binding: Binding;
  let restore: () => void;

  beforeEach(() => {
    const names = ['loadSavedModel', 'runSavedModel', 'createTensor', 'deleteTensor'] as const;
    ({ binding, restore } = watchBinding<Binding>(names));
  });
  afterEach(() => {
    restore();
    jest.restoreAllMocks();
  });

  const feeds = () => ({
    X: tf.tensor2d([[1, 2]]),
    A_mean: tf.tensor2d([[3], [4]]),
    A_variance: tf.tensor2d([[0.25], [0.5]]),
    noise: tf.tensor2d([[0.5]]),
    dz: tf.tensor2d([[2]]),
    stddev: tf.tensor2d([[1.5]]),
  });

  test('runs: numbers and tensors are fed, anything is fetched', () => {
    tf.tidy(() => {
      const { X, A_mean, A_variance, noise } = feeds();
      const graph = loadGraph();
      const [z, stddev] = graph.run({ X, A_mean, A_variance, noise }, ['z', 'stddev']);
      // 1·3 + 2·4 = 11, 1·¼ + 4·½ = 9/4
      expectAllClose(z!, [[11 + 1.5 * 0.5]]);
      expectAllClose(stddev!, [[1.5]]);
      const ln_A_scale = tf.tensor2d([[Math.log(2)]]);
      expectAllClose(graph.run({ ln_A_scale, A_ln_p: 0 }, ['A_sumNearPrior'])[0]!, 4 - 1 - 2 * Math.log(2));
    });
  });

  test('keeps the number that was fed last under a name, and no other', () => {
    tf.tidy(() => {
      const graph = loadGraph();
      const ln_A_scale = tf.tensor2d([[1]]);
      const run = (A_ln_p: number): number =>
        graph.run({ ln_A_scale, A_ln_p }, ['A_sumNearPrior'])[0]!.dataSync()[0]!;
      const [first, other] = [run(0), run(1)];
      binding.createTensor.mockClear();
      binding.deleteTensor.mockClear();
      expect([run(1), run(0), run(0)]).toEqual([other, first, first]);
      expect(other).not.toBe(first);
      expect(binding.createTensor).toHaveBeenCalledTimes(1);
      expect(binding.deleteTensor).toHaveBeenCalledTimes(1);
    });
  });

  test('leaves nothing on the disk', () => {
    loadGraph();
    const [folder] = binding.loadSavedModel.mock.calls[0]!;
    expect(folder).toContain('tfjs-bnn-');
    expect(existsSync(folder)).toBe(false);
  });

  test('is not there where no file can be written, or Node does not hand out its modules', () => {
    binding.loadSavedModel.mockImplementation(() => {
      throw new Error('cannot be read');
    });
    expect(() => loadGraph()).toThrow('cannot be read');
    expect(existsSync(binding.loadSavedModel.mock.calls[0]![0])).toBe(false);
    binding.loadSavedModel.mockReset();

    const { getBuiltinModule } = process;
    const noSuchFolder = (name: string): unknown =>
      name === 'node:os' ? { tmpdir: () => '/dev/null/nowhere' } : getBuiltinModule(name);
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    for (const [value, reason] of [
      [noSuchFolder, '/dev/null/nowhere'],
      [undefined, 'process.getBuiltinModule'],
    ] as const) {
      Object.defineProperty(process, 'getBuiltinModule', { value, configurable: true });
      expect(() => loadGraph()).toThrow(reason);
      // The other kernels are there all the same, and the user is told.
      expect(Object.keys(nativeKernels()).sort()).toEqual(['adam', 'normals', 'version']);
      expect(warn).toHaveBeenLastCalledWith(expect.stringContaining(reason));
    }
    Object.defineProperty(process, 'getBuiltinModule', { value: getBuiltinModule, configurable: true });
    expect(binding.loadSavedModel).not.toHaveBeenCalled();
  });

  test('is not there where TensorFlow has an op of it by name only, which shows when it runs', () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    binding.runSavedModel.mockImplementation(() => {
      throw new Error('No OpKernel was registered');
    });
    const before = tf.memory().numTensors;
    expect(Object.keys(nativeKernels()).sort()).toEqual(['adam', 'normals', 'version']);
    expect(warn).toHaveBeenLastCalledWith(expect.stringContaining('No OpKernel'));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('makes what is called for in one run, and frees what is not', () => {
    const fed = feeds();
    const graph = loadGraph();
    const fetches = ['dX', 'dz_A_mean', 'dA_variance'];
    binding.runSavedModel.mockClear();

    const all = graph.inOneRun(fed, fetches).map((make) => make());
    expect(binding.runSavedModel).toHaveBeenCalledTimes(1);
    expectAllClose(all[1]!, [[2], [4]]);

    // The first is not asked for: it is not computed. The last is asked for twice.
    const [, second, third] = graph.inOneRun(fed, fetches);
    const again = [second!(), third!(), third!()];
    expect(binding.runSavedModel.mock.calls.map((call: unknown[]) => call.at(-1))).toEqual([
      'dX,dz_A_mean,dA_variance',
      'dz_A_mean,dA_variance',
      'dA_variance',
    ]);
    [1, 2, 2].forEach((i, k) => expectAllClose(again[k]!, all[i]!));

    // Of three, one is called for; the other two go when functions are made anew, which can still be called then.
    const [dX, late] = graph.inOneRun(fed, fetches);
    const one = dX!();
    const leftOver = binding.runSavedModel.mock.results.at(-1)!.value as Array<{ id: number }>;
    binding.deleteTensor.mockClear();
    graph.inOneRun(fed, fetches);
    expect(binding.deleteTensor.mock.calls.flat().sort()).toEqual(
      leftOver
        .slice(1)
        .map(({ id }) => id)
        .sort(),
    );
    const last = late!();
    expectAllClose(last, all[1]!);
    tf.dispose([all, again, one, last, fed]);
  });
});
