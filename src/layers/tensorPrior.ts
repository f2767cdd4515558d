/**
 * The prior of one tensor of weights, as a layer is told it and as it keeps it: numbers in its config, arrays in weights of
 * its own that are not trained, so that a saved model has them in binary and a training step does not make them anew.
 */
import * as tf from '@tensorflow/tfjs';
import { checkBroadcasts, checkKeys, refuse, shown } from '../check';
import type { Prior } from '../gaussian/prior';
import { isArrayLike } from './arrays';
import { plainArrays, type NestedArrays, type PlainArrays } from './plainArrays';
import { plainPriorScale } from './prior';

/** A stddev (not a variance) alone, or with a mean: each a number, or nested arrays that broadcast to the weights. */
export type PriorOption = number | { mean?: number | NestedArrays; stddev?: number | NestedArrays };

/** What a saved config says instead of arrays: they are among the weights. */
export const SAVED = 'saved';

/** Arrays that a file of an early format has in its config: they stay there, since its weights hold none. */
export class InlineArrays {
  constructor(readonly arrays: PlainArrays) {}
}

/** One of the two after its checks. */
export type PriorPart = number | PlainArrays | InlineArrays | typeof SAVED;

export interface PriorSettings {
  mean: PriorPart;
  stddev: PriorPart;
}

/** How the prior and its parts are called towards the layer's owner. */
export interface PriorLabels {
  prior: string;
  mean: string;
  stddev: string;
  /** What to look at where arrays do not fit. */
  remedy?: string;
}

/** @throws if a part is neither a number nor arrays of numbers, or a stddev is not from 1e-18 to 1e18. */
export function checkedPrior(who: string, labels: PriorLabels, given: unknown): PriorSettings {
  if (typeof given === 'number') return { mean: 0, stddev: checkedStddev(who, labels.prior, given) };
  if (typeof given !== 'object' || given === null || isArrayLike(given))
    refuse(
      who,
      `${labels.prior} must be a stddev, or {mean, stddev}`,
      shown(given),
      'e.g. {mean: 0, stddev: 0.1}',
    );
  checkKeys(who, given, ['mean', 'stddev']);
  const { mean = 0, stddev = 1 } = given as { mean?: unknown; stddev?: unknown };
  return {
    mean: checkedMean(who, labels.mean, mean),
    stddev: checkedStddev(who, labels.stddev, stddev),
  };
}

export function checkedMean(who: string, name: string, given: unknown): PriorPart {
  if (given === SAVED) return given;
  if (typeof given !== 'number') return plainArrays(who, name, given);
  if (!Number.isFinite(given)) refuse(who, `${name} must be finite`, shown(given));
  return given;
}

export function checkedStddev(who: string, name: string, given: unknown): PriorPart {
  return given === SAVED || given instanceof InlineArrays ? given : plainPriorScale(who, name, given);
}

/** @throws if arrays do not broadcast to the shape of the weights. */
export function checkPriorFits(
  who: string,
  labels: PriorLabels,
  settings: PriorSettings,
  shape: number[],
): void {
  for (const key of ['mean', 'stddev'] as const) {
    const part = settings[key];
    if (typeof part === 'object') tf.tidy(() => whole(who, labels, key, part, shape));
  }
}

/** Makes a variable of the layer that is not trained. */
export type AddVariable = (part: keyof Prior) => tf.LayerVariable;

type Part = number | tf.LayerVariable | { inline: InlineArrays; tensor: tf.Tensor };

export class TensorPrior {
  private readonly parts: Record<keyof Prior, Part>;
  /** The data of arrays that are still to be loaded. */
  private readonly awaited = new Map<tf.LayerVariable, object>();

  /** @throws if arrays do not broadcast to the shape of the weights. */
  constructor(
    private readonly who: string,
    private readonly labels: PriorLabels,
    { mean, stddev }: PriorSettings,
    private readonly shape: number[],
    addVariable: AddVariable,
  ) {
    const parts = { mean, stddev };
    // All are checked before the first is kept.
    const [ofMean, ofStddev] = (['mean', 'stddev'] as const).map((key) => {
      const value = parts[key];
      if (typeof value === 'number') return () => value;
      if (value === SAVED) return () => this.await(addVariable(key));
      const values = whole(who, labels, key, value, shape);
      return (): Part => {
        if (value instanceof InlineArrays) return { inline: value, tensor: tf.keep(values.clone()) };
        const variable = addVariable(key);
        variable.write(values);
        return variable;
      };
    });
    this.parts = { mean: ofMean!(), stddev: ofStddev!() };
  }

  /** What is no variable goes with one that is. */
  livesWith(variable: tf.Tensor): void {
    const dispose = variable.dispose.bind(variable);
    variable.dispose = () => {
      for (const part of Object.values(this.parts))
        if (typeof part === 'object' && 'inline' in part) part.tensor.dispose();
      dispose();
    };
  }

  /** The prior of the moment: its tensors are the layer's. */
  now(): Prior {
    return { mean: this.read('mean'), stddev: this.read('stddev') };
  }

  /** What a config says of it. */
  config(): Record<keyof Prior, number | PlainArrays | typeof SAVED> {
    const part = (value: Part): number | PlainArrays | typeof SAVED => {
      if (typeof value === 'number') return value;
      return 'inline' in value ? value.inline.arrays : SAVED;
    };
    return { mean: part(this.parts.mean), stddev: part(this.parts.stddev) };
  }

  /** Changes it. @throws as `change` does; nothing is changed then. */
  set(given: PriorOption): void {
    tf.tidy(() => {
      this.change(given)();
    });
  }

  /**
   * What changes it, after all checks: whoever sets several priors runs it when the last one is checked. The caller tidies.
   *
   * @throws if a part is wrong, or arrays where the layer was made with a number.
   */
  change(given: PriorOption): () => void {
    const { who, labels } = this;
    const settings = checkedPrior(who, labels, given);
    const changes = (['mean', 'stddev'] as const).map((key) => {
      const [value, part] = [settings[key], this.parts[key]];
      if (value === SAVED || value instanceof InlineArrays)
        return refuse(who, `${labels[key]} must be a number or arrays`, shown(value));
      if (typeof part === 'number' && typeof value === 'number') return () => (this.parts[key] = value);
      if (typeof part === 'number' || 'inline' in part)
        return refuse(
          who,
          `${labels[key]} must be of the same kind as when the layer was made`,
          shown(value),
          'give arrays when the layer is made',
        );
      const values = whole(who, labels, key, value, this.shape);
      return () => part.write(values);
    });
    return () => {
      changes.forEach((change) => change());
    };
  }

  private await(variable: tf.LayerVariable): tf.LayerVariable {
    this.awaited.set(variable, variable.read().dataId);
    return variable;
  }

  private read(key: keyof Prior): number | tf.Tensor {
    const part = this.parts[key];
    if (typeof part === 'number') return part;
    if ('inline' in part) return part.tensor;
    const tensor = part.read();
    if (this.awaited.get(part) === tensor.dataId)
      refuse(
        this.who,
        `${this.labels[key]} must be loaded with the weights of the saved model`,
        'a layer made from a config alone',
        'load its weights too, or call setPrior',
      );
    return tensor;
  }
}

/** Arrays, or a number, in the shape of the weights. */
function whole(
  who: string,
  labels: PriorLabels,
  key: keyof Prior,
  values: number | PlainArrays | InlineArrays,
  shape: number[],
): tf.Tensor {
  const tensor = tf.tensor(values instanceof InlineArrays ? values.arrays : values);
  checkBroadcasts(who, labels[key], tensor.shape, 'the weights', shape, labels.remedy);
  return tf.broadcastTo(tensor, shape);
}
