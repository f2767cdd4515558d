/**
 * A callback that needs the model which it is called for.
 *
 * TensorFlow.js takes a list of callbacks for plain objects if its first one is plain: it then copies the functions out of
 * all of them and tells none of the model. What it does hand on is the object of parameters of the training; a callback of
 * ours that TensorFlow.js makes for every training hears of both, and tells them by it. So a callback of this kind works in a
 * list behind plain objects too. Before plain objects none does, since TensorFlow.js calls them for what they are not; that
 * is said.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';

type Params = Parameters<tf.Callback['setParams']>[0];
type Container = Parameters<tf.Callback['setModel']>[0];

const EVENTS = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
] as const;

const REMEDY = 'put plain objects first, or wrap them: new tf.CustomCallback({onEpochEnd: …})';

export abstract class ModelCallback extends tf.Callback {
  constructor(private readonly callbackName: string) {
    super();
    registerTeller();
    // Of the instance, so that they are found also where they are copied out; the caller is then another callback.
    for (const event of EVENTS) {
      const run = this[event].bind(this) as (...args: unknown[]) => Promise<void>;
      const hear = (caller: unknown): void => this.hear(caller);
      const copied = function (this: unknown, ...args: unknown[]): Promise<void> {
        hear(this);
        return run(...args);
      };
      Object.defineProperty(this, event, { value: copied, enumerable: true });
    }
  }

  override setParams(params: Params): void {
    super.setParams(params);
    this.model = nobody;
    // All callbacks of a list get their model in the same go, unless one of them cannot.
    queueMicrotask(() => {
      if (this.model === nobody)
        console.warn(
          `tfjs-bnn: ${this.callbackName}: training did not begin: TensorFlow.js does not take plain objects after this ` +
            `callback in a list; ${REMEDY}.`,
        );
    });
  }

  override setModel(model: Container): void {
    super.setModel(model);
  }

  override async onTrainBegin(): Promise<void> {
    if (this.model === nobody)
      refuse(
        this.callbackName,
        'the model must be known',
        'a list whose callbacks TensorFlow.js does not tell it',
        REMEDY,
      );
    return this.begin();
  }

  /** Training begins. */
  protected abstract begin(): Promise<void>;

  /** Called by another callback, into which TensorFlow.js copied this one's functions. */
  private hear(caller: unknown): void {
    if (caller === this) return;
    const { params } = (caller ?? {}) as Partial<tf.Callback>;
    this.params = params!;
    this.model = (params && models.get(params)) ?? nobody;
  }
}

/** null is how TensorFlow.js says that no model has been set. */
const nobody = null as unknown as tf.LayersModel;

/** By the parameters of a training, one object for all of its callbacks. */
const models = new WeakMap<object, tf.LayersModel>();

/** What TensorFlow.js makes for each training, before the callbacks of the caller. */
class Teller extends tf.Callback {
  override setModel(model: Container): void {
    super.setModel(model);
    models.set(this.params, this.model);
  }
}

let registered = false;

function registerTeller(): void {
  if (registered) return;
  registered = true;
  // From verbosity 0 on: in every training.
  tf.registerCallbackConstructor(0, Teller);
}
