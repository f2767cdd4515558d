/** A fast path beside what it is a fast path of, at awkward sizes. */
import * as tf from '@tensorflow/tfjs';
import { scattered, type Matrix } from './closedForms';
import { expectAllClose } from './toBeAllClose';
import { withoutKernels } from './withoutKernels';

/** B, D, H: loops go by four and eight numbers, and by 512 rows of a product. */
export const SIZES: Array<[number, number, number]> = [
  [1, 1, 1],
  [2, 3, 5],
  [4, 8, 8],
  [5, 13, 7],
  [3, 1030, 9],
  [33, 17, 12],
];

export const tensor = (values: Matrix): tf.Tensor2D => tf.tensor2d(values);

/** f and its gradients with respect to all of xs, of the sum of its output times numbers that differ. */
export function valueAndGradients(f: (...xs: tf.Tensor[]) => tf.Tensor, xs: tf.Tensor[]): tf.Tensor[] {
  const y = f(...xs);
  const dy = tensor(scattered(1, y.size, 9)).reshape(y.shape);
  return [y, ...tf.grads(f)(xs, dy)];
}

export function expectSame(f: (...xs: tf.Tensor[]) => tf.Tensor, xs: () => tf.Tensor[], rtol = 1e-5): void {
  tf.tidy(() => {
    const fast = valueAndGradients(f, xs());
    const plain = withoutKernels(() => valueAndGradients(f, xs()));
    fast.forEach((t, i) => {
      const scale = plain[i]!.abs().max().dataSync()[0]!;
      expectAllClose(t, plain[i]!, { rtol, atol: 1e-6 * scale });
    });
  });
}
