import * as tf from '@tensorflow/tfjs';
import { brand, type BayesianLayer } from '../../src/layers/bayesian';
import { HiddenLayer } from '../../src/layers/hidden';
import { register } from '../../src/layers/register';

type LayerClass = Parameters<typeof register>[0];
const known = (name: string): unknown => tf.serialization.SerializationMap.getMap().classNameMap[name]?.[0];

const layerClass = (className: string, branded: boolean): LayerClass => {
  const made = class extends tf.layers.Layer {
    static className = className;
  };
  if (branded) brand(made as unknown as { prototype: BayesianLayer });
  return made;
};

test('HiddenLayer is registered under its bare class name, which saved models hold for ever', () => {
  expect(known('HiddenLayer')).toBe(HiddenLayer);
  expect(new HiddenLayer({ units: 1 }).getClassName()).toBe('HiddenLayer');
});

test('a class whose name is free is registered', () => {
  const mine = layerClass('RegisterFree', true);
  register(mine);
  expect(known('RegisterFree')).toBe(mine);
});

test('a second copy of this package is no error, and the first stays', () => {
  const [first, second] = [layerClass('RegisterTwice', true), layerClass('RegisterTwice', true)];
  register(first);
  register(second);
  expect(known('RegisterTwice')).toBe(first);
});

test("somebody else's class of that name is refused, and stays", () => {
  const foreign = layerClass('RegisterForeign', false);
  tf.serialization.registerClass(foreign);
  expect(() => register(layerClass('RegisterForeign', true))).toThrow(
    'tfjs-bnn: the class name RegisterForeign must be free in tf.serialization, got another class of that name; register that one under another name',
  );
  expect(known('RegisterForeign')).toBe(foreign);
});
