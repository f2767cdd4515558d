/**
 * TensorFlow's native backend (tfjs-node): its own ops, one call each, where tf ops would take several.
 *
 * Ops that tf has no name for are run through the backend's `binding`, which is not part of its public API. Where it is
 * not as expected, nothing here is offered.
 */
import * as tf from '@tensorflow/tfjs';
import type { AdamConstants, AdamUpdate, Kernels } from './contract';

interface Binding extends Record<'TF_ATTR_TYPE' | 'TF_ATTR_SHAPE' | 'TF_ATTR_STRING' | 'TF_FLOAT', number> {
  executeOp: (name: string, attributes: object[], inputs: number[], outputs: number) => Array<{ id: number }>;
  deleteTensor: (id: number) => void;
}

interface NativeBackend {
  binding: Binding;
  tensorMap: { get: (dataId: object) => { id: number } };
  refCount: (dataId: object) => number;
  getInputTensorIds: (tensors: tf.Tensor[]) => number[];
  createOutputTensor: (metadata: object) => tf.Tensor;
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
  varianceGradient: (dz, noise, σ) => tf.tidy(() => tf.mul(0.5, run('DivNoNan', tf.mul(dz, noise), σ))),

  spreadAndKL(A_mean, ln_A_scale, p, power) {
    const A_spread = tf.exp(power === 1 ? ln_A_scale : tf.mul(2, ln_A_scale));
    const variance = power === 1 ? tf.square(A_spread) : A_spread;
    // Sums of the parts, unless some scale is so near the prior's that they would cancel: |u| < ½.
    if (!farBelow(variance, p)) return undefined;
    farFromPrior.add(A_spread.dataId);
    const n = A_mean.size;
    const halfSum = tf.sub(tf.mul(0.5 / (p * p), tf.sum(variance)), tf.sum(ln_A_scale));
    const kl = tf.add(tf.mul(1 / (p * p), run('L2Loss', A_mean)), tf.add(halfSum, n * (Math.log(p) - 0.5)));
    return [A_spread, kl];
  },

  lnScaleGradient(dA_spread, dKL, _, A_spread, p, power) {
    // e^u − 1 = A_variance/p² − 1, which loses nothing where no scale is near the prior's.
    return power === 2 && farFromPrior.has(A_spread.dataId)
      ? tf.sub(tf.mul(A_spread, tf.add(tf.mul(2, dA_spread), tf.div(dKL, p * p))), dKL)
      : undefined;
  },

  adam(updates, constants) {
    if (updates.some(({ w, g }) => w.dtype !== 'float32' || g.dtype !== 'float32')) return false;
    tf.tidy(() => {
      const scalars = backend().getInputTensorIds(adamScalars(constants).map((value) => tf.scalar(value)));
      for (const update of updates) applyAdam(update, scalars);
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

function applyAdam({ w, g, m, v }: AdamUpdate, scalars: number[]): void {
  const native = backend();
  const states = [w, m, v].map((variable) => new Slot(variable));
  const handles = states.map(({ handle }) => handle);
  native.binding.executeOp(
    'ResourceApplyAdam',
    [floats('T')],
    [...handles, ...scalars, ...native.getInputTensorIds([g])],
    0,
  );
  for (const state of states) state.readBack();
}

/**
 * A tfjs variable as a TensorFlow resource variable, which is what TensorFlow's optimizers update.
 *
 * The two share one buffer. TensorFlow updates it in place if nobody else holds it and makes a copy otherwise; so the
 * tensor of the tfjs variable lets go of it first, unless a clone shares that tensor.
 */
class Slot {
  readonly handle: number;
  private readonly alone: boolean;

  constructor(private readonly variable: tf.Variable) {
    const native = backend();
    const [id] = native.getInputTensorIds([variable]);
    const { executeOp, TF_ATTR_SHAPE, TF_ATTR_STRING } = native.binding;
    const shape = { name: 'shape', type: TF_ATTR_SHAPE, value: variable.shape };
    const name = { name: 'shared_name', type: TF_ATTR_STRING, value: `tfjs-bnn/${variable.id}` };
    this.handle = executeOp('VarHandleOp', [floats('dtype'), shape, name], [], 1)[0]!.id;
    executeOp('AssignVariableOp', [floats('dtype')], [this.handle, id!], 0);
    this.alone = native.refCount(variable.dataId) === 1;
    if (this.alone) native.binding.deleteTensor(id!);
  }

  /** Gives the variable what the resource now holds, and the resource back. */
  readBack(): void {
    const native = backend();
    const [output] = native.binding.executeOp('ReadVariableOp', [floats('dtype')], [this.handle], 1);
    native.binding.executeOp('DestroyResourceOp', [], [this.handle], 0);
    native.binding.deleteTensor(this.handle);
    if (this.alone) native.tensorMap.get(this.variable.dataId).id = output!.id;
    else this.variable.assign(native.createOutputTensor(output!));
  }
}

/** The attribute that says: of type float32. */
const floats = (name: string): object => ({
  name,
  type: backend().binding.TF_ATTR_TYPE,
  value: backend().binding.TF_FLOAT,
});

/** Spreads of which no scale is near the prior's. */
const farFromPrior = new WeakSet();

/** Is every u = ln(variance/p²) below −½? */
const farBelow = (variance: tf.Tensor, p: number): boolean =>
  tf.max(variance).dataSync()[0]! < p * p * Math.exp(-0.5);

/** One TensorFlow op of float32 tensors. */
function run(name: string, ...inputs: tf.Tensor[]): tf.Tensor {
  const native = backend();
  const [output] = native.binding.executeOp(name, [floats('T')], native.getInputTensorIds(inputs), 1);
  return native.createOutputTensor(output!);
}
