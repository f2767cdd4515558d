/** The version of a saved form: a file of a later version is refused, one of any earlier version is read. */
import type * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { copied } from './copied';

type Config = Readonly<Record<string, unknown>>;

/** A config with its format, without what nobody has said: arrays and objects of its own, which a caller may change. */
export function savedConfig(config: object, format: number): tf.serialization.ConfigDict {
  const given = Object.entries(config as tf.serialization.ConfigDict).filter(
    ([, value]) => value !== undefined,
  );
  return copied({ ...Object.fromEntries(given), format });
}

/**
 * A config without what is not an option: its format, and a key that TensorFlow.js adds on loading.
 *
 * @throws if there is a format other than 1 to `latest`.
 */
export function optionsOfFormat(who: string, latest: number, config: Config): Record<string, unknown> {
  const { format, customObjects: _, ...options } = config;
  if (format !== undefined) checkFormat(who, 'a saved layer', latest, format);
  return options;
}

/** @throws if it is no whole number from 1 to `latest`. */
export function checkFormat(who: string, what: string, latest: number, format: unknown): void {
  if (Number.isSafeInteger(format) && (format as number) >= 1 && (format as number) <= latest) return;
  const isLater = typeof format === 'number' && format > latest;
  refuse(
    who,
    `the format of ${what} must be a whole number from 1 to ${latest}`,
    shown(format),
    isLater ? 'update tfjs-bnn to load it' : undefined,
  );
}
