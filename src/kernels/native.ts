/**
 * TensorFlow's native backend (tfjs-node): its own ops, straight one after the other.
 *
 * A tf op of a small net costs as much in JavaScript (a tensor, its place in a map, the tape, tidying up) as in
 * TensorFlow; and some ops of TensorFlow have no name in tf. The way to them, the backend's `binding`, is no public
 * API: where it is not as expected, nothing here is offered.
 */
import * as tf from '@tensorflow/tfjs';
import type { AdamConstants, Kernels } from './contract';

type Id = number;
type AttributeType = 'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_ATTR_SHAPE' | 'TF_ATTR_STRING';

interface Metadata {
  id: Id;
  shape: number[];
}

interface Binding extends Record<AttributeType | 'TF_FLOAT' | 'TF_INT32', number> {
  createTensor: (shape: number[], type: number, values: Float32Array | Int32Array) => Id;
  deleteTensor: (id: Id) => void;
  tensorDataSync: (id: Id) => Float32Array;
  executeOp: (name: string, attributes: object[], inputs: Id[], outputs: number) => Metadata[];
}

interface NativeBackend {
  binding: Binding;
  tensorMap: { get: (dataId: object) => { id: Id } };
  refCount: (dataId: object) => number;
  getInputTensorIds: (tensors: tf.Tensor[]) => Id[];
  createOutputTensor: (metadata: Metadata) => tf.Tensor;
}

/** The kernels, if the backend is the one that they were written for. */
export function nativeKernels(): Partial<Kernels> {
  const { binding, tensorMap, refCount, getInputTensorIds, createOutputTensor } =
    backend() as Partial<NativeBackend>;
  const functions = [binding?.executeOp, tensorMap?.get, refCount, getInputTensorIds, createOutputTensor];
  return functions.every((f) => typeof f === 'function') ? KERNELS : {};
}

const backend = (): NativeBackend => tf.backend() as unknown as NativeBackend;

const KERNELS: Partial<Kernels> = {
  // `adam` below gives it another, and so does whatever else hands TensorFlow's buffer on.
  version: ({ dataId }) => backend().tensorMap.get(dataId).id,

  localDraw: (inputs) =>
    inTensorFlow((run) => {
      const [X, A_mean, A_variance, noise] = run.ids(inputs);
      const σ = run.op('Sqrt', run.product(run.op('Square', X), A_variance));
      const z = run.op('AddV2', run.product(X, A_mean), run.op('Mul', σ, noise));
      return [run.tensor(z), run.tensor(σ)];
    }),

  localDrawGradients(dz, [X, A_mean, A_variance, noise], σ) {
    const dvariance = inTensorFlow((run) => {
      const [d, ε, s] = run.ids([dz, noise, σ]);
      return run.tensor(run.op('DivNoNan', run.op('Mul', d, ε), run.op('AddV2', s, s)));
    });
    return [
      () =>
        inTensorFlow((run) => {
          const [x, m, v, d, dv] = run.ids([X, A_mean, A_variance, dz, dvariance]);
          const byVariance = run.op(
            'Mul',
            run.op('AddV2', x, x),
            run.product(dv, v, { transpose: 'second' }),
          );
          return run.tensor(run.op('AddV2', run.product(d, m, { transpose: 'second' }), byVariance));
        }),
      () =>
        inTensorFlow((run) => {
          const [x, d] = run.ids([X, dz]);
          return run.tensor(run.product(x, d, { transpose: 'first' }));
        }),
      () =>
        inTensorFlow((run) => {
          const [x, dv] = run.ids([X, dvariance]);
          return run.tensor(run.product(run.op('Square', x), dv, { transpose: 'first' }));
        }),
    ];
  },

  varianceAndKL: (A_mean, ln_A_scale, p) =>
    inTensorFlow((run) => {
      const [M, R] = run.ids([A_mean, ln_A_scale]);
      const variance = run.op('Exp', run.op('Mul', R, run.constant(2)));
      // Σ e^u − Σ 1 − Σ u, unless some scale is so near the prior's, or above it, that they would cancel: u > −½.
      const farBelow = run.number(run.reduce('Max', variance)) < p * p * Math.exp(-0.5);
      if (!farBelow) return undefined;
      const n = A_mean.size;
      const kl =
        run.number(run.op('L2Loss', M)) / (p * p) +
        0.5 * (run.number(run.reduce('Sum', variance)) / (p * p) - n) -
        (run.number(run.reduce('Sum', R)) - n * Math.log(p));
      const A_variance = run.tensor(variance);
      farFromPrior.add(A_variance.dataId);
      return [A_variance, tf.scalar(kl)];
    }),

  meanGradient: (dKL, A_mean, p) =>
    inTensorFlow((run) => {
      const [M] = run.ids([A_mean]);
      return run.tensor(run.op('Mul', M, run.constant(dKL.dataSync()[0]! / (p * p))));
    }),

  lnScaleGradient(dA_variance, dKL, _, A_variance, p) {
    // e^u − 1 = A_variance/p² − 1, which loses nothing where no scale is near the prior's.
    if (!farFromPrior.has(A_variance.dataId)) return undefined;
    return inTensorFlow((run) => {
      const [dV, V] = run.ids([dA_variance, A_variance]);
      const d = dKL.dataSync()[0]!;
      const sum = run.op('AddV2', run.op('AddV2', dV, dV), run.constant(d / (p * p)));
      return run.tensor(run.op('Sub', run.op('Mul', V, sum), run.constant(d)));
    });
  },

  reluGradient: (dy, y) =>
    inTensorFlow((run) => {
      const [d, h] = run.ids([dy, y]);
      return run.tensor(run.op('ReluGrad', d, h));
    }),

  adam(updates, constants) {
    if (updates.some(({ w, g }) => w.dtype !== 'float32' || g.dtype !== 'float32')) return false;
    inTensorFlow((run) => {
      const scalars = adamScalars(constants).map((value) => run.constant(value));
      // What each variable in turn is put into; scalars in the end, so that nothing of it stays there.
      const slots = [0, 1, 2].map((i) => new Slot(run, `tfjs-bnn/adam/${i}`));
      for (const { w, g, m, v } of updates) {
        [w, m, v].forEach((variable, i) => slots[i]!.fill(variable));
        const inputs = [...slots.map(({ handle }) => handle), ...scalars, ...run.ids([g])];
        run.command('ResourceApplyAdam', 'T', ...inputs);
        for (const slot of slots) slot.empty();
      }
      for (const { handle } of slots) run.command('DestroyResourceOp', undefined, handle);
    });
    return true;
  },
};

/** Variances of which none is near the prior's. */
const farFromPrior = new WeakSet();

/**
 * TensorFlow's ResourceApplyAdam: w ← w − η_t m / (√v + ε̂). Its ε is outside of the bias correction (Kingma & Ba 2015,
 * section 2, the "ε̂"): with η_t = η √(1 − β₂ᵗ) / (1 − β₁ᵗ), which it computes from the powers, ε̂ is ε √(1 − β₂ᵗ).
 */
const adamScalars = (c: AdamConstants): number[] => [
  1 - c.correction1,
  1 - c.correction2,
  c.learningRate,
  c.beta1,
  c.beta2,
  c.epsilon * Math.sqrt(c.correction2),
];

/**
 * A TensorFlow resource variable, which is what TensorFlow's optimizers update, and a tfjs variable in it for a while.
 *
 * The two share one buffer. TensorFlow updates it in place if nobody else holds it and makes a copy otherwise; so the
 * tensor of the tfjs variable lets go of it first, unless a clone shares that tensor.
 */
class Slot {
  readonly handle: Id;
  private variable: tf.Variable | undefined;
  private alone = false;

  constructor(
    private readonly run: Run,
    name: string,
  ) {
    this.handle = run.handle(name);
  }

  fill(variable: tf.Variable): void {
    const { run, handle } = this;
    const [id] = run.ids([variable]);
    run.command('AssignVariableOp', 'dtype', handle, id);
    this.variable = variable;
    this.alone = backend().refCount(variable.dataId) === 1;
    if (this.alone) run.delete(id);
  }

  /** Gives the variable what the resource now holds. */
  empty(): void {
    const { run, handle, variable } = this;
    const id = run.op('ReadVariableOp', handle);
    if (this.alone) backend().tensorMap.get(variable!.dataId).id = run.keep(id);
    else variable!.assign(run.tensor(id));
  }
}

/** Runs TensorFlow's ops and then deletes what they made, but for what was handed out as tensors. */
function inTensorFlow<T>(f: (run: Run) => T): T {
  const run = new Run(backend());
  try {
    return f(run);
  } finally {
    run.end();
  }
}

/** TensorFlow's ops of float32 tensors, called by their names. */
class Run {
  private readonly made = new Map<Id, Metadata | undefined>();
  private readonly binding: Binding;
  private readonly T: object;
  private readonly dtype: object;

  constructor(private readonly native: NativeBackend) {
    this.binding = native.binding;
    this.T = this.attribute('T', 'TF_ATTR_TYPE', this.binding.TF_FLOAT);
    this.dtype = this.attribute('dtype', 'TF_ATTR_TYPE', this.binding.TF_FLOAT);
  }

  /** The tensors' own ids: not ours to delete. */
  ids<const T extends readonly tf.Tensor[]>(tensors: T): { [K in keyof T]: Id } {
    return this.native.getInputTensorIds([...tensors]) as { [K in keyof T]: Id };
  }

  /** The one output of an op whose only attribute is its type. */
  op(name: string, ...inputs: Id[]): Id {
    return this.execute(name, [name === 'ReadVariableOp' ? this.dtype : this.T], inputs);
  }

  /** The product of two matrices. Not BatchMatMulV2, which tf.matMul runs: for a few columns that takes three times as long. */
  product(a: Id, b: Id, { transpose }: { transpose?: 'first' | 'second' } = {}): Id {
    const flags = [
      this.attribute('transpose_a', 'TF_ATTR_BOOL', transpose === 'first'),
      this.attribute('transpose_b', 'TF_ATTR_BOOL', transpose === 'second'),
    ];
    return this.execute('MatMul', [this.T, ...flags], [a, b]);
  }

  /** Over both axes of a matrix. */
  reduce(name: 'Sum' | 'Max', a: Id): Id {
    const axes = this.binding.createTensor([2], this.binding.TF_INT32, new Int32Array([0, 1]));
    this.made.set(axes, undefined);
    const attributes = [
      this.T,
      this.attribute('Tidx', 'TF_ATTR_TYPE', this.binding.TF_INT32),
      this.attribute('keep_dims', 'TF_ATTR_BOOL', false),
    ];
    return this.execute(name, attributes, [a, axes]);
  }

  constant(value: number): Id {
    const id = this.binding.createTensor([], this.binding.TF_FLOAT, new Float32Array([value]));
    this.made.set(id, undefined);
    return id;
  }

  /** A resource variable. */
  handle(name: string): Id {
    const attributes = [
      this.dtype,
      this.attribute('shape', 'TF_ATTR_SHAPE', []),
      this.attribute('shared_name', 'TF_ATTR_STRING', name),
    ];
    return this.execute('VarHandleOp', attributes, []);
  }

  /** An op without an output. */
  command(name: string, type: 'T' | 'dtype' | undefined, ...inputs: Id[]): void {
    this.binding.executeOp(name, type === undefined ? [] : [this[type]], inputs, 0);
  }

  /** The value of a scalar. */
  number(id: Id): number {
    return this.binding.tensorDataSync(id)[0]!;
  }

  /** A tensor for the world outside. */
  tensor(id: Id): tf.Tensor {
    const tensor = this.native.createOutputTensor(this.made.get(id)!);
    this.made.delete(id);
    return tensor;
  }

  /** No longer ours to delete. */
  keep(id: Id): Id {
    this.made.delete(id);
    return id;
  }

  delete(id: Id): void {
    this.made.delete(id);
    this.binding.deleteTensor(id);
  }

  end(): void {
    for (const id of this.made.keys()) this.binding.deleteTensor(id);
  }

  private execute(name: string, attributes: object[], inputs: Id[]): Id {
    const [output] = this.binding.executeOp(name, attributes, inputs, 1);
    this.made.set(output!.id, output);
    return output!.id;
  }

  private attribute(name: string, type: AttributeType, value: unknown): object {
    return { name, type: this.binding[type], value };
  }
}
