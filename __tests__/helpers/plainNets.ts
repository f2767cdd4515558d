/** What a plain net is held to: the numbers of the Bayesian net whose scales are near 0. */
import * as tf from '@tensorflow/tfjs';
import { posteriorMean } from '../../src';
import { expectNoLeak } from './leaks';
import { disposeOf, rowsFor, setScales } from './models';
import { expectAllClose } from './toBeAllClose';

export const predictions = (model: tf.LayersModel, xs: tf.Tensor[]): tf.Tensor[] =>
  [model.predict(xs.length === 1 ? xs[0]! : xs)].flat();

/** The plain net of a model whose scales it makes vanish; the caller disposes of both. */
export function plainOf(model: tf.LayersModel): tf.LayersModel {
  setScales(model, 1e-9);
  return posteriorMean(model);
}

/** @param xs 3 rows for each input */
export function expectSamePredictions(
  plain: tf.LayersModel,
  model: tf.LayersModel,
  xs: tf.Tensor[] = rowsFor(model, 3),
): void {
  const expected = predictions(model, xs);
  predictions(plain, xs).forEach((y, i) => expectAllClose(y, expected[i]!, { atol: 1e-5 }));
  // A test of zeros would pass whatever the weights.
  expect(expected[0]!.abs().max().dataSync()[0]).toBeGreaterThan(0.01);
}

/** It predicts the same, and nothing is left of it in the end. */
export function expectPlainNet(build: () => tf.LayersModel, classes?: string[]): void {
  expectNoLeak(() => {
    const model = build();
    const plain = plainOf(model);
    tf.tidy(() => expectSamePredictions(plain, model));
    if (classes !== undefined)
      expect(plain.layers.map((layer) => layer.getClassName())).toEqual(['InputLayer', ...classes]);
    disposeOf(plain, model);
  });
}
