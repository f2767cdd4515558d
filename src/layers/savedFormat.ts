/** The version of a saved form: a file of a later version is refused, one of any earlier version is read. */
import { refuse, shown } from '../check';

type Config = Readonly<Record<string, unknown>>;

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
