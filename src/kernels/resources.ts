/**
 * A TensorFlow resource variable for each tf variable that is trained: TensorFlow's optimizers update nothing else.
 *
 * The numbers stay there from step to step. Whoever wants those of a tensor, or to dispose of it, reads the `id` by which
 * the backend knows it; that is a getter after a step, which makes a tensor that shares the resource's buffer.
 *
 * TensorFlow updates a buffer in place only if nobody else holds it. So such a tensor is deleted before the next step,
 * unless a clone shares it: then TensorFlow updates a copy, and the tf variable gets another tensor.
 */
import type * as tf from '@tensorflow/tfjs';
import { inTensorFlow, type Id, type NativeBackend, type Run, type TensorInfo } from './tensorFlow';

/** A resource, and whose numbers it holds. */
interface Home {
  handle: Id;
  /** What the backend knows of the tensor whose numbers these are; nothing if they are nobody's. */
  info?: TensorInfo | undefined;
  /** The tensor that was made of them, if anybody asked. */
  id?: Id | undefined;
}

export class Resources {
  private readonly homes = new WeakMap<tf.Variable, Home>();
  private readonly empty: Id[] = [];

  constructor(private readonly native: NativeBackend) {}

  /** The resource that has the variable's numbers, which nothing else has until `giveBack`, unless a clone shares them. */
  lend(run: Run, variable: tf.Variable): Id {
    const info = this.infoOf(variable);
    const alone = this.isAlone(variable);
    const home = this.homes.get(variable) ?? this.settle(run, variable);
    const isAtHome = alone && (isAsleep(home, info) || (home.info === info && home.id === info.id));
    if (!isAtHome) run.command('AssignVariableOp', 'dtype', home.handle, ...run.ids([variable]));
    const { id } = isAtHome ? home : info;
    if (alone && id !== undefined) run.delete(id);
    return home.handle;
  }

  /** Gives the variable what its resource now holds. */
  giveBack(run: Run, variable: tf.Variable): void {
    const home = this.homes.get(variable)!;
    if (this.isAlone(variable)) this.share(run, home, this.infoOf(variable));
    else variable.assign(run.tensor(run.read(home.handle)));
  }

  /** The same, but only when somebody asks. */
  keep(run: Run, variable: tf.Variable): void {
    if (!this.isAlone(variable)) {
      this.giveBack(run, variable);
      return;
    }
    const [home, info] = [this.homes.get(variable)!, this.infoOf(variable)];
    if (isAsleep(home, info)) return;
    home.info = info;
    home.id = undefined;
    // Not on the backend of the moment, which may be another.
    const get = (): Id => inTensorFlow((run) => this.share(run, home, info), this.native);
    Object.defineProperty(info, 'id', { get, configurable: true, enumerable: true });
  }

  /** Makes a tensor of what a resource holds. */
  private share(run: Run, home: Home, info: TensorInfo): Id {
    const value = run.keep(run.read(home.handle));
    if (isAsleep(home, info)) Object.defineProperty(info, 'id', { value, writable: true });
    else info.id = value;
    home.info = info;
    home.id = value;
    return value;
  }

  private settle(run: Run, variable: tf.Variable): Home {
    const home: Home = { handle: this.empty.pop() ?? run.keep(run.handle()) };
    this.homes.set(variable, home);
    const [assign, dispose] = [variable.assign.bind(variable), variable.dispose.bind(variable)];
    variable.assign = (value) => {
      assign(value);
      this.vacate(home);
    };
    variable.dispose = () => {
      dispose();
      if (!this.homes.delete(variable)) return;
      this.vacate(home);
      this.empty.push(home.handle);
    };
    return home;
  }

  /** Frees the numbers, which are nobody's any more, by one in their place. */
  private vacate(home: Home): void {
    if (home.info === undefined) return;
    home.info = undefined;
    inTensorFlow(
      (run) => run.command('AssignVariableOp', 'dtype', home.handle, run.constant(0)),
      this.native,
    );
  }

  private isAlone({ dataId }: tf.Variable): boolean {
    return this.native.refCount(dataId) === 1;
  }

  private infoOf({ dataId }: tf.Variable): TensorInfo {
    return this.native.tensorMap.get(dataId);
  }
}

/** Are these numbers in the resource alone, since nobody has asked for them? The `id` is then the getter. */
const isAsleep = (home: Home, info: TensorInfo): boolean => home.info === info && home.id === undefined;
