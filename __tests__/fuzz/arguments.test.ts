/** Garbage, alone and amid what is sound, as arguments to everything that the package exports. */
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src/index';
import { startBackend } from '../helpers/eachBackend';
import { makeFixtures, targets } from './fixtures';
import { violationOf, type Callable } from './invariants';
import { judge } from './judge';
import { argumentsFor, type Recipe } from './recipes';
import { cases, TIMEOUT } from './runs';
import { methodsOf, parametersOf, type Parameter } from './signatures';

type AnyFunction = (...args: unknown[]) => unknown;
type AnyClass = new (...args: unknown[]) => unknown;

/** What stands in an object of functions by itself. */
const exported = Object.entries(bnn as Record<string, unknown>).flatMap<[string, unknown]>(([name, value]) =>
  typeof value === 'object'
    ? Object.entries(value as Record<string, unknown>).map(([key, f]): [string, unknown] => [
        `${name}.${key}`,
        f,
      ])
    : [[name, value]],
);

const isClass = (f: unknown): boolean => /^class\b/.test(Function.prototype.toString.call(f));

/** What this package and TensorFlow.js call, and nobody else; and what ends the object's life. */
const INTERNAL = ['build', 'computeOutputShape', 'fold', 'outputMoments', 'withSeeds', 'remarks', 'dispose'];

/** Those that are there to change the model that they get. */
const CHANGES = ['calibrate', 'restoreCheckpoint', 'setCalibration', 'setPosterior', 'setPrior'];

const toText = (args: readonly Recipe[]): string => args.map(({ name }) => name).join(', ');

async function attack(callable: Callable, parameters: readonly Parameter[], n: number): Promise<void> {
  const next = [
    { name: 'y', type: 'tf.Tensor', keys: {} },
    { name: 'p', type: 'tf.Tensor', keys: {} },
  ];
  await fc.assert(
    fc.asyncProperty(argumentsFor(parameters), argumentsFor(next), async (args, nextArgs) => {
      const text = `${toText(args)})(${toText(nextArgs)}`;
      judge(callable.who, await violationOf(callable, args, nextArgs), text);
    }),
    cases(n),
  );
}

describe.each([
  ['cpu', 60],
  ['wasm', 10],
])('garbage arguments [%s]', (backend, n) => {
  beforeAll(async () => {
    await startBackend(backend);
    await makeFixtures();
  });

  test.each(exported)(
    '%s',
    async (who, value) => {
      expect(typeof value).toBe('function');
      const call = isClass(value)
        ? (...args: unknown[]) => new (value as AnyClass)(...args)
        : (value as AnyFunction);
      // Constructors of models and results are called by the package alone.
      const parameters = parametersOf(who) ?? [];
      await attack({ who, call, changes: CHANGES.includes(who) }, parameters, n);
    },
    TIMEOUT,
  );

  test.each(Object.entries(targets))(
    'the methods of %s',
    async (_, { cls, make }) => {
      const methods = Object.entries(methodsOf(cls)).filter(([name]) => !INTERNAL.includes(name));
      expect(methods).not.toHaveLength(0);
      const target = await make();
      const before = tf.memory().numTensors;
      for (const [name, parameters] of methods)
        await attack(
          {
            who: name,
            call: (...args) => target[name]!(...(name === 'call' ? [args[0], {}] : args)),
            changes: CHANGES.includes(name),
            // A view of what the target owns.
            borrowed: name === 'output',
          },
          name === 'call' ? parameters.slice(0, 1) : parameters,
          n / 2,
        );
      expect(tf.memory().numTensors).toBe(before);
      // A layer is a part of its model.
      if (!(target instanceof tf.layers.Layer)) target.dispose?.();
    },
    TIMEOUT,
  );
});
