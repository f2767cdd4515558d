import type * as tf from '@tensorflow/tfjs';

/** Numbers of tensors, by their names; the tensors are given away. */
export async function valuesOf<Name extends string>(
  tensors: Record<Name, tf.Tensor>,
): Promise<Record<Name, Float32Array>> {
  const names = Object.keys(tensors) as Name[];
  const values = await Promise.all(names.map((name) => tensors[name].data() as Promise<Float32Array>));
  for (const name of names) tensors[name].dispose();
  return Object.fromEntries(names.map((name, i) => [name, values[i]!])) as Record<Name, Float32Array>;
}
