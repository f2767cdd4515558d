/** What a net says about the whole plane, as numbers for the page. */
import type * as tf from '@tensorflow/tfjs';
import { pictureOfClassification } from './pictureOfClassification';
import { pictureOfRegression } from './pictureOfRegression';
import type { Problem } from './problem';
import type { Picture } from './protocol';

export function pictureOf(net: tf.Sequential, problem: Problem): Promise<Picture> {
  return problem.mode === 'regression'
    ? pictureOfRegression(net, problem)
    : pictureOfClassification(net, problem);
}
