/** Two copies of TensorFlow.js in one program: `npm link`, a CDN's beside a bundle's. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution } from '../../src/distribution';
import { hiddenLayer } from '../../src/layers/hidden';
import { learnedNoise } from '../../src/layers/learnedNoise';
import { eachBackend } from '../helpers/eachBackend';
import { collectWarnings } from '../helpers/warnings';

const other = otherTensorFlow();
collectWarnings();

eachBackend('with another copy of TensorFlow.js', () => {
  const hidden = (): tf.layers.Layer => hiddenLayer({ units: 2, inputShape: [3], KL_factor: 1 });
  const noise = (): tf.layers.Layer => learnedNoise({ inputShape: [3] });
  const message =
    /the input must be a tensor, got a symbolic tensor of shape \[\?, 3\] of another copy of TensorFlow\.js; npm ls @tensorflow\/tfjs-core shows the copies/;

  test.each([
    ['hiddenLayer', hidden],
    ['learnedNoise', noise],
  ])('%s says so in a model of it, sequential or functional', (_, make) => {
    expect(() => other.sequential({ layers: [make() as never] })).toThrow(message);
    const x = other.input({ shape: [3] });
    expect(() => make().apply(x)).toThrow(message);
    expect(() => make().apply([x])).toThrow(message);
  });

  test.each([
    ['hiddenLayer', hidden],
    ['learnedNoise', noise],
  ])('%s called with a symbolic tensor of its own is told of apply', (_, make) => {
    const layer = make();
    layer.build([null, 3]);
    expect(() => layer.call(tf.input({ shape: [3] }) as never, {})).toThrow(
      'got a symbolic tensor of shape [?, 3]; layer.apply(…) takes a symbolic one',
    );
  });

  test('tensors of the other class compute like our own: the engine is one', () => {
    tf.tidy(() => {
      const X = other.ones([2, 3]);
      expect((hidden().apply(X) as tf.Tensor).shape).toEqual([2, 3]);
      const A = { A_mean: tf.ones([3, 2]), A_scale: other.ones([3, 2]) };
      expect(new HiddenLayerDistribution({ X, ...A }).rsample().shape).toEqual([2, 3]);
    });
  });

  test('a distribution of a symbolic X says what it is', () => {
    tf.tidy(() => {
      const A = { A_mean: tf.ones([3, 2]), A_scale: tf.ones([3, 2]) };
      const X = other.input({ shape: [3] }) as unknown as tf.Tensor;
      expect(() => new HiddenLayerDistribution({ X, ...A })).toThrow('npm ls @tensorflow/tfjs-core');
    });
  });
});

function otherTensorFlow(): typeof tf {
  // It says of each kernel that it is registered already.
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  let copy: typeof tf | undefined;
  jest.isolateModules(() => (copy = jest.requireActual<typeof tf>('@tensorflow/tfjs')));
  warn.mockRestore();
  return copy!;
}
