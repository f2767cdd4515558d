/**
 * The fast ways of TensorFlow's native backend (tfjs-node): TensorFlow's own ops, straight one after the other, as
 * `tensorFlow.ts` runs them.
 */
import * as tf from '@tensorflow/tfjs';
import type { AdamConstants, Kernels } from './contract';
import { inTensorFlow, nativeBackend, type Id, type NativeBackend, type Run } from './tensorFlow';

/** The kernels, if the backend is the one that they were written for. */
export function nativeKernels(): Partial<Kernels> {
  const { binding, tensorMap, refCount, getInputTensorIds, createOutputTensor } =
    nativeBackend() as Partial<NativeBackend>;
  const functions = [binding?.executeOp, tensorMap?.get, refCount, getInputTensorIds, createOutputTensor];
  return functions.every((f) => typeof f === 'function') ? KERNELS : {};
}

const KERNELS: Partial<Kernels> = {
  // `adam` below gives it another, and so does whatever else hands TensorFlow's buffer on.
  version: ({ dataId }) => nativeBackend().tensorMap.get(dataId).id,

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
    this.alone = nativeBackend().refCount(variable.dataId) === 1;
    if (this.alone) run.delete(id);
  }

  /** Gives the variable what the resource now holds. */
  empty(): void {
    const { run, handle, variable } = this;
    const id = run.op('ReadVariableOp', handle);
    if (this.alone) nativeBackend().tensorMap.get(variable!.dataId).id = run.keep(id);
    else variable!.assign(run.tensor(id));
  }
}
