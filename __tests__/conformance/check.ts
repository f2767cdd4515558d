/**
 * One demand that every backend has to meet, in Node and in a browser alike: it passes, or it throws.
 *
 * A check knows no test framework and computes on whatever backend is the current one. It reads tensors by `taken`,
 * since reading from a GPU is asynchronous.
 */
import type * as tf from '@tensorflow/tfjs';

export interface Check {
  name: string;
  run: () => void | Promise<void>;
}

/** The values of tensors that are then disposed of. */
export async function taken<T extends tf.Tensor[]>(...tensors: T): Promise<{ [i in keyof T]: number[] }> {
  const values = await Promise.all(tensors.map(async (t) => Array.from(await t.data())));
  tensors.forEach((t) => t.dispose());
  return values as { [i in keyof T]: number[] };
}
