/** TensorFlow's binding with some of its functions watched by jest. Its own properties cannot be written to. */
import * as tf from '@tensorflow/tfjs';

/** In the native backend's place of its binding; `restore` puts the real one back. */
export function watchBinding<B extends object>(
  names: ReadonlyArray<keyof B>,
): { binding: B; restore: () => void } {
  const backend = tf.backend() as unknown as { binding: B };
  const original = backend.binding;
  const all = Object.getOwnPropertyNames(original) as Array<keyof B>;
  const watched = (name: keyof B) =>
    jest.fn((...args: never[]) => (original[name] as (...args: never[]) => unknown)(...args));
  backend.binding = Object.fromEntries(
    all.map((name) => [name, names.includes(name) ? watched(name) : original[name]]),
  ) as B;
  return {
    binding: backend.binding,
    restore() {
      backend.binding = original;
    },
  };
}
