/**
 * TensorFlow's resource variables, which are what its optimizers update, with the numbers of tf variables in them.
 *
 * TensorFlow updates a buffer in place only if nobody else holds it. So a tf variable lets go of its tensor while a
 * resource has its numbers, unless a clone shares that tensor: TensorFlow then updates a copy.
 */
import type * as tf from '@tensorflow/tfjs';
import { inTensorFlow, type Id, type NativeBackend, type Run, type TensorInfo } from './tensorFlow';

/** A variable whose numbers a resource has. */
export interface Lent {
  variable: tf.Variable;
  /** What the backend knows of its tensor. */
  info: TensorInfo;
  handle: Id;
  /** Does the resource alone have them, and no clone? */
  alone: boolean;
}

export class Resources {
  /** Resources whose numbers stay there until somebody asks for them. */
  private readonly kept = new WeakMap<TensorInfo, Id>();
  /** Resources with numbers that nobody needs any more. */
  private stale: Id[] = [];
  private readonly empty: Id[] = [];

  constructor(private readonly native: NativeBackend) {}

  /** Puts the variable's numbers into a resource. If alone, the variable has none until `giveBack` or `keep`. */
  lend(run: Run, variable: tf.Variable): Lent {
    const info = this.native.tensorMap.get(variable.dataId);
    const alone = this.native.refCount(variable.dataId) === 1;
    const kept = this.kept.get(info);
    if (alone && kept !== undefined) return { variable, info, handle: kept, alone };
    const [id] = run.ids([variable]);
    const handle = this.stale.pop() ?? this.empty.pop() ?? run.keep(run.handle());
    run.command('AssignVariableOp', 'dtype', handle, id);
    if (alone) run.delete(id);
    return { variable, info, handle, alone };
  }

  /** Gives the variable what the resource now holds. */
  giveBack(run: Run, { variable, info, handle, alone }: Lent): void {
    const id = run.read(handle);
    if (alone) this.setId(info, run.keep(id));
    else variable.assign(run.tensor(id));
    this.stale.push(handle);
  }

  /**
   * Leaves the numbers in the resource until somebody asks for them.
   *
   * Whoever wants a tensor's numbers, or to dispose of it, reads the `id` by which the backend knows it: that is a getter
   * for the time being, which gives them back.
   */
  keep(run: Run, lent: Lent): void {
    const { info, handle, alone } = lent;
    if (!alone) this.giveBack(run, lent);
    if (!alone || this.kept.has(info)) return;
    this.kept.set(info, handle);
    const get = (): Id =>
      // Not on the backend of the moment, which may be another.
      inTensorFlow((run) => {
        this.giveBack(run, lent);
        this.clear(run, run.constant(0));
        return info.id;
      }, this.native);
    Object.defineProperty(info, 'id', { get, configurable: true, enumerable: true });
  }

  /** Frees the numbers that nobody needs any more, by a scalar in their place. */
  clear(run: Run, scalar: Id): void {
    for (const handle of this.stale) run.command('AssignVariableOp', 'dtype', handle, scalar);
    this.empty.push(...this.stale);
    this.stale = [];
  }

  private setId(info: TensorInfo, value: Id): void {
    if (this.kept.delete(info))
      Object.defineProperty(info, 'id', { value, writable: true, configurable: true, enumerable: true });
    else info.id = value;
  }
}
