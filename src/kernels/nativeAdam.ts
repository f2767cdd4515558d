/**
 * `adam.ts` on the native backend, by TensorFlow's ResourceApplyAdam.
 *
 * TensorFlow's optimizers update resource variables: a tf variable shares its buffer with one for that while. The
 * moments stay in theirs, since nobody but the next step asks for them; whoever does ask, finds them.
 */
import type * as tf from '@tensorflow/tfjs';
import type { AdamConstants, AdamUpdate } from './contract';
import {
  inTensorFlow,
  nativeBackend,
  type Id,
  type NativeBackend,
  type Run,
  type TensorInfo,
} from './tensorFlow';

export function adam(updates: AdamUpdate[], constants: AdamConstants): boolean {
  if (updates.some(({ w, g }) => w.dtype !== 'float32' || g.dtype !== 'float32')) return false;
  const native = nativeBackend();
  const resources = resourcesOf(native);
  inTensorFlow((run) => {
    const scalars = adamScalars(constants).map((value) => run.constant(value));
    for (const { w, g, m, v } of updates) {
      const [weights, moments] = [
        resources.hold(run, w),
        [m, v].map((moment) => resources.hold(run, moment)),
      ];
      const handles = [weights, ...moments].map(({ handle }) => handle);
      try {
        run.command('ResourceApplyAdam', 'T', ...handles, ...scalars, ...run.ids([g]));
      } finally {
        resources.giveBack(run, weights);
        for (const moment of moments) resources.keep(run, moment);
      }
    }
    resources.clear(run, scalars[0]!);
  });
  return true;
}

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

interface Held {
  variable: tf.Variable;
  /** Of the resource variable that has its numbers. */
  handle: Id;
  /** Does the resource alone have them? Not if a clone shares the tensor: TensorFlow then updates a copy. */
  alone: boolean;
}

/** TensorFlow's resource variables, each of which holds the numbers of one tf variable, or waits for some. */
class Resources {
  /** Those with numbers that stay. */
  private readonly kept = new WeakMap<TensorInfo, Id>();
  /** Those with numbers that nobody needs any more. */
  private left: Id[] = [];
  private readonly empty: Id[] = [];
  private count = 0;
  /** TensorFlow finds them by their names, in whichever copy of this package. */
  private readonly name = `tfjs-bnn/adam/${Math.random()}`;

  constructor(private readonly native: NativeBackend) {}

  /** Puts the variable's numbers into a resource. The variable, if alone, has none until `giveBack` or `keep`. */
  hold(run: Run, variable: tf.Variable): Held {
    const info = this.native.tensorMap.get(variable.dataId);
    const alone = this.native.refCount(variable.dataId) === 1;
    const kept = this.kept.get(info);
    if (alone && kept !== undefined) return { variable, handle: kept, alone };
    const [id] = run.ids([variable]);
    const handle =
      this.left.pop() ?? this.empty.pop() ?? run.keep(run.handle(`${this.name}/${this.count++}`));
    run.command('AssignVariableOp', 'dtype', handle, id);
    if (alone) run.delete(id);
    return { variable, handle, alone };
  }

  /** Gives the variable what the resource now holds. */
  giveBack(run: Run, { variable, handle, alone }: Held): void {
    const id = run.read(handle);
    this.left.push(handle);
    if (alone) this.native.tensorMap.get(variable.dataId).id = run.keep(id);
    else variable.assign(run.tensor(id));
  }

  /** Leaves the numbers in the resource until somebody asks for them. */
  keep(run: Run, held: Held): void {
    const { variable, handle, alone } = held;
    const info = this.native.tensorMap.get(variable.dataId);
    if (!alone) this.giveBack(run, held);
    else if (!this.kept.has(info)) {
      this.kept.set(info, handle);
      const get = (): Id =>
        inTensorFlow((run) => {
          const id = run.keep(run.read(handle));
          this.kept.delete(info);
          Object.defineProperty(info, 'id', { value: id, writable: true });
          this.left.push(handle);
          this.clear(run, run.constant(0));
          return id;
        }, this.native);
      Object.defineProperty(info, 'id', { get, configurable: true });
    }
  }

  /** Frees the numbers that nobody needs any more, by a scalar in their place. */
  clear(run: Run, scalar: Id): void {
    for (const handle of this.left) run.command('AssignVariableOp', 'dtype', handle, scalar);
    this.empty.push(...this.left);
    this.left = [];
  }
}

function resourcesOf(native: NativeBackend): Resources {
  let resources = resourcesOn.get(native);
  if (resources === undefined) resourcesOn.set(native, (resources = new Resources(native)));
  return resources;
}

const resourcesOn = new WeakMap<NativeBackend, Resources>();
