/** The version of a layer's saved form: a file of a later version is refused, one of any earlier version is read. */
import { refuse, shown } from '../check';

type Config = Readonly<Record<string, unknown>>;

/**
 * A config without what is not an option: its format, and a key that TensorFlow.js adds on loading.
 *
 * @throws if the format is above `latest`.
 */
export function optionsOfFormat(who: string, latest: number, config: Config): Record<string, unknown> {
  const { format, customObjects: _, ...options } = config;
  if (format !== undefined && !(Number.isSafeInteger(format) && (format as number) <= latest))
    refuse(
      who,
      `the format of a saved layer must be at most ${latest}`,
      shown(format),
      'update tfjs-bnn to load it',
    );
  return options;
}
