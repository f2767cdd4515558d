/** Every wrong argument of a method of HiddenLayerDistribution is refused in one clear sentence, and loses no tensor. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution } from '../src/distribution';
import { eachBackend } from './helpers/eachBackend';
import { expectCleanThrow } from './helpers/leaks';

const [B, D, H] = [3, 4, 2];
const WHO = 'HiddenLayerDistribution: ';

eachBackend('HiddenLayerDistribution refuses', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const layerOf = (options: Record<string, unknown> = {}): HiddenLayerDistribution =>
    new HiddenLayerDistribution({
      X: tf.ones([B, D]),
      A_mean: tf.zeros([D, H]),
      A_scale: tf.ones([D, H]),
      ...options,
    });

  test.each([3, [0], [-1], [1.5], [NaN], ['2'], null, { length: 0 }])(
    'a sampleShape of %j',
    (sampleShape) => {
      const layer = layerOf();
      for (const draw of ['rsample', 'sample'] as const)
        expectCleanThrow(
          () => layer[draw](sampleShape as number[]),
          `${WHO}sampleShape must be an array of whole numbers of at least 1, got`,
        );
    },
  );

  test.each([
    [{}, [], [B, H]],
    [{}, [5], [5, B, H]],
    [{ weight_space_sampling: true }, [], [D, H]],
    [{ weight_space_sampling: true }, [2, 3], [2, 3, D, H]],
  ])('noise of another shape or dtype than %j with draws %j asks for', (options, sampleShape, shape) => {
    const layer = layerOf(options);
    const rule = `${WHO}noise must have the shape [${shape.join(', ')}], got`;
    const wrong = [[...shape, 1], shape.slice(1), [1, ...shape], [...shape.slice(0, -1), H + 1], []];
    for (const noise of wrong.map((s) => tf.zeros(s)))
      for (const draw of ['rsample', 'sample'] as const)
        expectCleanThrow(() => layer[draw](sampleShape, { noise }), rule);
    expectCleanThrow(() => layer.rsample(sampleShape, { noise: 1 as never }), `${rule} 1.`);
    const noise = tf.zeros(shape, 'int32');
    expectCleanThrow(
      () => layer.rsample(sampleShape, { noise }),
      `${WHO}noise must be of dtype float32, got int32`,
    );
  });

  test('draw options that are none: misspelt, or the noise without its name', () => {
    const layer = layerOf();
    const noise = tf.zeros([B, H]);
    expectCleanThrow(
      () => layer.rsample([], { nois: noise } as never),
      `${WHO}options must be among noise, got nois;`,
    );
    expectCleanThrow(
      () => layer.sample([], noise as never),
      'keys among noise, got a float32 tensor of shape [3, 2].',
    );
  });

  test('a value whose shape is not that of a draw', () => {
    const layer = layerOf();
    for (const value of [tf.zeros([B, H]), tf.zeros([H + 1]), tf.zeros([B + 1, H + 1]), 1, undefined])
      expectCleanThrow(
        () => layer.log_prob(value as tf.Tensor),
        `${WHO}value must have the shape [..., 3, 3] of a draw, got`,
      );
  });

  test('a non_linearity that changes the shape, gives no tensor, or throws', () => {
    const fail = (): never => {
      throw new Error('of its own');
    };
    const sum = (z: tf.Tensor): tf.Tensor => z.add(1).sum();
    const read = (z: tf.Tensor): unknown => z.dataSync();
    const [failing, summing, reading] = [fail, sum, read].map((non_linearity) => layerOf({ non_linearity }));
    expectCleanThrow(
      () => summing!.rsample(),
      `${WHO}non_linearity must keep the shape [3, 2], got a float32 tensor of shape [].`,
    );
    expectCleanThrow(
      () => reading!.rsample(),
      'non_linearity must keep the shape [3, 2], got a Float32Array of 24 bytes.',
    );
    expectCleanThrow(() => failing!.sample(), 'of its own');
    // In tf.grad too, where TensorFlow.js itself loses what its tape has saved; and draws go on afterwards.
    expect(() => tf.grad((x) => failing!.rsample().mul(x))(tf.scalar(1))).toThrow('of its own');
    expect(layerOf().sample().shape).toEqual([B, H + 1]);
  });
});
