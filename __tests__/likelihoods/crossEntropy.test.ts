import * as tf from '@tensorflow/tfjs';
import { crossEntropy } from '../../src/likelihoods/crossEntropy';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

/** One example of three positions and two classes: no two axes of one length. */
const shape = [1, 3, 2];
const p = [1, 0, 0.25, 0.75, 0, 1];
const logits = [2, -1, 0.5, 0, -3, 1];

const lnSoftmax = logits.map((l, i) => {
  const first = i - (i % 2);
  return l - Math.log(Math.exp(logits[first]!) + Math.exp(logits[first + 1]!));
});

eachBackend('crossEntropy', () => {
  test.each([
    ['a sequence', shape],
    ['a matrix', [3, 2]],
  ])('of %s: the value, and the gradients in both', (_, of) => {
    const check = (): void =>
      tf.tidy(() => {
        const inputs = [tf.tensor(p, of), tf.tensor(logits, of)];
        const dH = [1, -2, 3];
        const positions = of.slice(0, -1);
        const { value, grads } = tf.valueAndGrads((a: tf.Tensor, l: tf.Tensor) => crossEntropy(a, l))(
          inputs,
          tf.tensor(dH, positions),
        );
        const each = lnSoftmax.map((ln, i) => -p[i]! * ln);
        expectAllClose(value, tf.tensor([0, 2, 4].map((i) => each[i]! + each[i + 1]!), positions)); // prettier-ignore
        expectAllClose(grads[0]!, tf.tensor(lnSoftmax.map((ln, i) => -dH[Math.floor(i / 2)]! * ln), of)); // prettier-ignore
        const slopes = lnSoftmax.map((ln, i) => dH[Math.floor(i / 2)]! * (Math.exp(ln) - p[i]!));
        expectAllClose(grads[1]!, tf.tensor(slopes, of));
      });
    check();
    withoutKernels(check);
  });
});
