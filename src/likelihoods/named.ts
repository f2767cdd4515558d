/**
 * A function under the name by which TensorFlow.js reports it where it is given as a metric: a minifier, ours or a user's,
 * leaves out the one in its code.
 */
export const named = <F extends (...args: never[]) => unknown>(name: string, f: F): F =>
  Object.defineProperty(f, 'name', { value: name });
