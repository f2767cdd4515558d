/**
 * The fast ways of TensorFlow's native backend (tfjs-node): the graph of a layer, and TensorFlow's optimizer, whose op
 * `tensorFlow.ts` runs.
 */
import * as tf from '@tensorflow/tfjs';
import type { AdamConstants, Kernels } from './contract';
import { graphKernels, tryOut } from './graphKernels';
import { loadGraph } from './nativeGraph';
import { normalsToCopy } from './normals';
import { inTensorFlow, nativeBackend, type Id, type NativeBackend, type Run } from './tensorFlow';

/** The kernels, if the backend is the one that they were written for. */
export function nativeKernels(): Partial<Kernels> {
  const { binding, tensorMap, refCount, getInputTensorIds, createOutputTensor } =
    nativeBackend() as Partial<NativeBackend>;
  const functions = [
    ...[binding?.executeOp, binding?.loadSavedModel, binding?.runSavedModel],
    ...[tensorMap?.get, refCount, getInputTensorIds, createOutputTensor],
  ];
  if (!functions.every((f) => typeof f === 'function')) return {};
  try {
    const graph = loadGraph();
    tryOut(graph);
    return { ...KERNELS, ...graphKernels(graph) };
  } catch (error) {
    console.warn(`tfjs-bnn: layers run op by op, which is slower, for want of their graph: ${String(error)}`);
    return KERNELS;
  }
}

const KERNELS: Partial<Kernels> = {
  // `adam` below gives it another, and so does whatever else hands TensorFlow's buffer on.
  version: ({ dataId }) => nativeBackend().tensorMap.get(dataId).id,

  normals(shape, keys) {
    const native = nativeBackend();
    const { binding } = native;
    // Copied into TensorFlow's memory from where they are made.
    const numbers = normalsToCopy(tf.util.sizeFromShape(shape), keys);
    const id = binding.createTensor(shape, binding.TF_FLOAT, numbers);
    return native.createOutputTensor({ id, shape, dtype: binding.TF_FLOAT });
  },

  adam(updates, constants) {
    if (updates.some(({ w, g }) => w.dtype !== 'float32' || g.dtype !== 'float32')) return false;
    inTensorFlow((run) => {
      const scalars = adamScalars(constants).map((value) => run.constant(value));
      // What each variable in turn is put into.
      const slots = handles(run).map((handle) => new Slot(run, handle));
      for (const { w, g, m, v } of updates) {
        [w, m, v].forEach((variable, i) => slots[i]!.fill(variable));
        const inputs = [...slots.map(({ handle }) => handle), ...scalars, ...run.ids([g])];
        run.command('ResourceApplyAdam', 'T', ...inputs);
        for (const slot of slots) slot.empty();
      }
      // So that nothing of the last variable stays there.
      for (const { handle } of slots) run.command('AssignVariableOp', 'dtype', handle, scalars[0]!);
    });
    return true;
  },
};

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

/** The resource variables of `Slot`s, which are made once. */
function handles(run: Run): Id[] {
  const { binding } = nativeBackend();
  let made = handlesOf.get(binding);
  if (made === undefined) {
    made = [0, 1, 2].map((i) => run.keep(run.handle(`tfjs-bnn/adam/${i}`)));
    handlesOf.set(binding, made);
  }
  return made;
}

const handlesOf = new WeakMap<object, Id[]>();

/**
 * A TensorFlow resource variable, which is what TensorFlow's optimizers update, and a tfjs variable in it for a while.
 *
 * The two share one buffer. TensorFlow updates it in place if nobody else holds it and makes a copy otherwise; so the
 * tensor of the tfjs variable lets go of it first, unless a clone shares that tensor.
 */
class Slot {
  private variable: tf.Variable | undefined;
  private alone = false;

  constructor(
    private readonly run: Run,
    readonly handle: Id,
  ) {}

  fill(variable: tf.Variable): void {
    const { run, handle } = this;
    const [id] = run.ids([variable]);
    run.command('AssignVariableOp', 'dtype', handle, id);
    this.variable = variable;
    this.alone = nativeBackend().refCount(variable.dataId) === 1;
    if (this.alone) run.delete(id);
  }

  /** Gives the variable what the resource now holds. */
  empty(): void {
    const { run, handle, variable } = this;
    const id = run.read(handle);
    if (this.alone) nativeBackend().tensorMap.get(variable!.dataId).id = run.keep(id);
    else variable!.assign(run.tensor(id));
  }
}
