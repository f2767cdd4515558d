/** How long does the gradient of a convolution in its filter take beside the convolution, on the backend that lacks it? */
import * as tf from '@tensorflow/tfjs';
import { compare } from '../measure';
import type { Question } from '../question';
import { convFilterGradient } from '../../src/numerics/convolutionGradients';
import type { Shape4D } from '../../src/numerics/convolutionWindow';

const filterGradient = (
  name: string,
  inputShape: Shape4D,
  filterShape: Shape4D,
  pad: 'valid' | 'same',
): Question => ({
  name: `wasm.filterGradient.${name}`,
  what: `gradient in the filter, ${inputShape.join(' × ')} by ${filterShape.join(' × ')}, against the convolution`,
  backend: 'wasm',
  goal: 2.5,
  aim: 1.5,
  unit: '×',
  async measure() {
    const x = tf.randomNormal<tf.Rank.R4>(inputShape, 0, 1, 'float32', 1);
    const filter = tf.randomNormal<tf.Rank.R4>(filterShape, 0, 1, 'float32', 2);
    const dy = tf.conv2d(x, filter, 1, pad);
    const timing = await compare(
      () => convFilterGradient(x, dy, filterShape, { strides: 1, pad }).dispose(),
      () => tf.conv2d(x, filter, 1, pad).dispose(),
      4,
    );
    tf.dispose([x, filter, dy]);
    return timing;
  },
});

export const questions = [
  filterGradient('first', [128, 28, 28, 1], [5, 5, 1, 12], 'valid'),
  filterGradient('second', [128, 12, 12, 12], [5, 5, 12, 24], 'valid'),
  filterGradient('wide', [32, 32, 32, 32], [3, 3, 32, 64], 'same'),
];
