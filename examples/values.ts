/** Numbers out of tensors, in Node, where reading them at once stalls nothing. */
import * as tf from '@tensorflow/tfjs';

/** The numbers of the tensor that f returns, row by row; what f makes is disposed of. */
export function valuesOf(f: () => tf.Tensor): number[] {
  let values: number[] = [];
  // Not returned through tidy, which would look at each number whether it is a tensor.
  tf.tidy(() => {
    values = Array.from(f().dataSync());
  });
  return values;
}

/** The number in the scalar that f returns. */
export const valueOf = (f: () => tf.Tensor): number => valuesOf(f)[0]!;

/** A flat list in rows of one width. */
export function rowsOf(values: number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
}
