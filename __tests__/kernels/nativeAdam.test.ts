import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { backends, startBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';
import { watchBinding } from '../helpers/watchBinding';

interface Metadata {
  id: number;
  shape: number[];
}

interface Binding {
  executeOp: jest.Mock<Metadata[], [name: string, attributes: object[], inputs: number[], outputs: number]>;
  getNumOfTensors: () => number;
  TF_ATTR_TYPE: number;
  TF_FLOAT: number;
}

const describeNative = backends.includes('tensorflow') ? describe : describe.skip;

describeNative('the moments of adam [tensorflow]', () => {
  let binding: Binding;
  let restore: () => void;

  beforeAll(() => startBackend('tensorflow'));
  beforeEach(() => ({ binding, restore } = watchBinding<Binding>(['executeOp'])));
  afterEach(() => restore());

  const callsOf = (op: string): number => binding.executeOp.mock.calls.filter(([name]) => name === op).length;
  const start = (): tf.Variable[] =>
    tf.tidy(() => [tf.variable(tf.tensor1d([1, 2, 3])), tf.variable(tf.tensor2d([[4, -5]]))]);
  const step = (optimizer: tf.Optimizer, variables: tf.Variable[]): void => {
    optimizer.minimize(
      () => tf.add(tf.sum(tf.square(variables[0]!)), tf.sum(tf.square(variables[1]!))).asScalar(),
      false,
      variables,
    );
  };
  const momentsOf = async (optimizer: tf.Optimizer): Promise<tf.Tensor[]> =>
    (await optimizer.getWeights()).slice(1).map(({ tensor }) => tensor);

  test('stay in TensorFlow from step to step: only the weights go in and out', () => {
    const variables = start();
    const optimizer = adam();
    step(optimizer, variables);
    binding.executeOp.mockClear();
    step(optimizer, variables);
    expect(callsOf('ResourceApplyAdam')).toBe(2);
    expect(callsOf('ReadVariableOp')).toBe(2);
    // Both into the same resource, which is emptied.
    expect(callsOf('AssignVariableOp')).toBe(3);
    expect(callsOf('VarHandleOp')).toBe(0);
    optimizer.dispose();
    tf.dispose(variables);
  });

  test('are those of tf.train.adam for whoever asks, once or at every step, and a clone keeps its own', async () => {
    const [ours, others] = [start(), start()];
    const [optimizer, other] = [adam({ epsilon: 1e-7 }), tf.train.adam(0.001, 0.9, 0.999, 1e-7)];
    let clones: tf.Tensor[] = [];
    let then: number[][] = [];
    for (let i = 0; i < 6; i++) {
      step(optimizer, ours);
      step(other, others);
      if (i === 1) continue;
      const [moments, expected] = [await momentsOf(optimizer), await momentsOf(other)];
      expect(moments).toHaveLength(4);
      // tf.train.adam takes 1 − 0.999 in float32, which has 5e-5 of it wrong.
      moments.forEach((m, k) => expectAllClose(m, expected[k]!, { rtol: 1e-4 }));
      if (i === 3) {
        clones = moments.map((m) => m.clone());
        then = clones.map((m) => [...m.dataSync()]);
      }
    }
    clones.forEach((m, k) => expect([...m.dataSync()]).toEqual(then[k]));
    ours.forEach((w, k) => expectAllClose(w, others[k]!, { rtol: 1e-6 }));
    optimizer.dispose();
    other.dispose();
    tf.dispose([ours, others, clones]);
  });

  test('can be the weights of another optimizer', async () => {
    const [ours, others] = [start(), start()];
    const run = async (variables: tf.Variable[], made: () => tf.Optimizer): Promise<number[][]> => {
      const [first, second] = [made(), made()];
      step(first, variables);
      step(first, variables);
      const moments = await momentsOf(first);
      step(first, variables);
      const named = moments.map((m) => ({ name: (m as tf.Variable).name, tensor: tf.onesLike(m) }));
      second.applyGradients(named);
      tf.dispose(named.map(({ tensor }) => tensor));
      step(first, variables);
      const values = [...variables, ...(await momentsOf(first))].map((t) => [...t.dataSync()]);
      first.dispose();
      second.dispose();
      tf.dispose(variables);
      return values;
    };
    const options = [0.01, 0.9, 0.95, 1e-6] as const;
    const [learningRate, beta1, beta2, epsilon] = options;
    const values = await run(ours, () => adam({ learningRate, beta1, beta2, epsilon }));
    const expected = await run(others, () => tf.train.adam(...options));
    values.forEach((v, i) => expectAllClose(tf.tensor1d(v), expected[i]!, { rtol: 1e-5 }));
  });

  test('can be read while another backend is in use', async () => {
    const variables = start();
    const optimizer = adam();
    step(optimizer, variables);
    await tf.setBackend('cpu');
    const [m] = await momentsOf(optimizer);
    // (1 − β₁) · 2w
    expectAllClose(m!, [0.2, 0.4, 0.6], { rtol: 1e-5 });
    await tf.setBackend('tensorflow');
    optimizer.dispose();
    tf.dispose(variables);
  });

  test('are freed with the optimizer: TensorFlow’s resources hold no numbers then, and serve the next one', () => {
    const run = (): void => {
      const variables = start();
      const optimizer = adam();
      step(optimizer, variables);
      step(optimizer, variables);
      optimizer.dispose();
      tf.dispose(variables);
    };
    const handlesOf = (calls: Binding['executeOp']['mock']): number[] =>
      calls.calls
        .filter(([name]) => name === 'ResourceApplyAdam')
        .flatMap(([, , inputs]) => inputs.slice(0, 3));
    run();
    const handles = [...new Set(handlesOf(binding.executeOp.mock))];
    expect(handles).toHaveLength(5);
    const dtype = { name: 'dtype', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    for (const handle of handles) {
      const [held] = binding.executeOp('ReadVariableOp', [dtype], [handle], 1);
      expect(held!.shape).toEqual([]);
    }
    binding.executeOp.mockClear();
    const before = binding.getNumOfTensors();
    expectNoLeak(run);
    expect(binding.getNumOfTensors()).toBe(before);
    expect(callsOf('VarHandleOp')).toBe(0);
    expect(handles).toEqual(expect.arrayContaining(handlesOf(binding.executeOp.mock)));
  });
});
