import * as tf from '@tensorflow/tfjs';
import { unwrapped, walk } from '../../src/layers/walk';
import { apply, disposeOf, hidden, output, sequential } from '../helpers/models';

/** The walk as text: each layer's name around what goes in. */
const written = (model: tf.LayersModel, names: string[]): string[] =>
  walk<string>(model, names, (layer, inputs, { outputTensors }) =>
    outputTensors.map(() => `${layer.name}(${inputs.join(', ')})`),
  );

beforeAll(() => tf.setBackend('cpu'));

describe('walk', () => {
  const dense = (name: string): tf.layers.Layer => tf.layers.dense({ units: 2, name });

  test('goes through a sequential model in order, and lays nested ones open', () => {
    const inner = sequential(tf.layers.dense({ units: 2, name: 'a', inputShape: [2] }), dense('b'));
    const model = sequential(sequential(inner, dense('c')), dense('d'));
    expect(written(model, ['x'])).toEqual(['d(c(b(a(x))))']);
    disposeOf(model);
  });

  test('visits a layer once for each use, and what two outputs need once', () => {
    const [x, y] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const shared = dense('shared');
    const [a, b] = [apply(shared, x), apply(shared, y)];
    const sum = apply(tf.layers.add({ name: 'sum' }), a, b);
    const model = tf.model({ inputs: [x, y], outputs: [sum, apply(dense('last'), sum), y] });
    const visited: string[] = [];
    const outputs = walk<string>(model, ['x', 'y'], (layer, inputs) => {
      visited.push(layer.name);
      return [`${layer.name}(${inputs.join(', ')})`];
    });
    expect(outputs).toEqual(['sum(shared(x), shared(y))', 'last(sum(shared(x), shared(y)))', 'y']);
    expect(visited).toEqual(['shared', 'shared', 'sum', 'last']);
    disposeOf(model);
  });

  test('keeps the two uses of a nested model apart', () => {
    const inner = sequential(tf.layers.dense({ units: 2, name: 'in', inputShape: [2] }));
    const inputs = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const outputs = inputs.map((input) => apply(inner, input));
    const model = tf.model({ inputs, outputs });
    expect(written(model, ['x', 'y'])).toEqual(['in(x)', 'in(y)']);
    disposeOf(model);
  });

  test('visits nothing that no output needs', () => {
    const x = tf.input({ shape: [2] });
    const needed = apply(dense('needed'), x);
    apply(dense('idle'), needed);
    const model = tf.model({ inputs: x, outputs: needed });
    expect(written(model, ['x'])).toEqual(['needed(x)']);
    disposeOf(model);
  });
});

describe('unwrapped', () => {
  test('takes a HiddenLayer out of its timeDistributed, and leaves every other layer as it is', () => {
    const inner = hidden();
    expect(unwrapped(tf.layers.timeDistributed({ layer: inner }))).toBe(inner);
    const others = [output(), tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 1 }) })];
    for (const layer of others) expect(unwrapped(layer)).toBe(layer);
  });
});
