import * as tf from '@tensorflow/tfjs';
import { hiddenLayer } from '../../src/layers/hidden';
import { isSymbolic, isTensor, shown } from '../../src/refusal/shown';
import { eachBackend } from '../helpers/eachBackend';

const cyclic: unknown[] = [1];
cyclic.push(cyclic, [cyclic]);
let deep: unknown[] = [];
for (let i = 0; i < 1e5; i++) deep = [deep];
const angry = (): never => {
  throw new Error('no');
};

describe('shown is one short line of', () => {
  test.each<[string, unknown, string]>([
    ['a list that holds itself', cyclic, '[1, [1, [1, […], […]], [[…]]], [[1, […], […]]]]'],
    ['a deep list', deep, '[[[[…]]]]'],
    ['a BigInt', 10n, '10n'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a getter that throws', { get shape() { return angry(); }, dataId: 1, dtype: 1 }, 'an object that cannot be read'], // prettier-ignore
    [
      'a proxy that throws',
      new Proxy({}, { has: angry, get: angry, ownKeys: angry }),
      'an object that cannot be read',
    ],
    ['a revoked proxy', revoked(), 'an object that cannot be read'],
    ['a bare object', Object.create(null), '{}'],
    ['a list of objects with getters', [{ get a() { return angry(); } }], '[{a}]'], // prettier-ignore
    ['a layer', hiddenLayer({ units: 1 }), 'a HiddenLayer'],
    ['a promise', Promise.resolve(), 'a Promise'],
  ])('%s', (_, value, expected) => {
    expect(shown(value)).toBe(expected);
  });

  test.each<[string, unknown]>([
    ['a long text', 'x'.repeat(1e7)],
    ['a long list', new Array(4e9)],
    ['a wide tree', tree(6)],
    ['many keys', Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [`key${i}`, i]))],
    ['a long key', { ['k'.repeat(1e6)]: 1 }],
    ['a long name', Object.defineProperty(() => 0, 'name', { value: 'n'.repeat(1e6) })],
  ])('%s', (_, value) => {
    expect(shown(value).length).toBeLessThan(170);
  });
});

eachBackend('shown', () => {
  test('tells a tensor that is disposed of, and a symbolic one', () => {
    const gone = tf.ones([2, 3]);
    gone.dispose();
    expect(shown(gone)).toBe('a disposed float32 tensor of shape [2, 3]');
    expect(shown(tf.input({ shape: [3] }))).toBe('a symbolic tensor of shape [?, 3]');
    expect(isSymbolic(tf.input({ shape: [3] }))).toBe(true);
    expect([gone, null, 1, {}].map(isSymbolic)).toEqual([false, false, false, false]);
    expect(isTensor(tf.input({ shape: [3] }))).toBe(false);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function tree(levels: number): unknown {
  return levels === 0 ? 'leaf' : Array.from({ length: 8 }, () => tree(levels - 1));
}
