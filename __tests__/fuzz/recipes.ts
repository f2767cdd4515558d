/**
 * Arguments as recipes: a name that a failure prints, and how to make the value anew for each case. Garbage of every
 * kind, and what a parameter of a type may well get.
 */
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import { fixtures } from './fixtures';
import type { Parameter } from './signatures';

export interface Recipe {
  name: string;
  /** Tensors that it makes go through `own`, which disposes of them behind the case. */
  make: (own: Own) => unknown;
}

export type Own = <T extends tf.Tensor>(tensor: T) => T;

/** What an argument of a caller's throws itself: it reaches the caller as it is. */
export const HOSTILE = 'hostile';

const recipe = (name: string, make: Recipe['make']): Recipe => ({ name, make });
const value = (v: unknown): Recipe => recipe(fc.stringify(v), () => v);
const throws = (): never => {
  throw new Error(HOSTILE);
};
const nested = (depth: number): unknown => {
  let array: unknown = 1;
  for (let i = 0; i < depth; i++) array = [array];
  return array;
};
const everyTrap = Object.fromEntries(
  ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'set', 'apply'].map((trap) => [
    trap,
    throws,
  ]),
);

const numbers = [
  0,
  -0,
  1,
  2,
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  5e-324,
  1e-30,
  1e25,
  1e300,
  1e9,
  2 ** 53 - 1,
];

const scraps: Recipe[] = [
  ...numbers.map(value),
  ...[undefined, null, true, false, '', 'x', '__proto__', 'constructor', 'file://', 10n].map(value),
  ...[Symbol('s'), Symbol.iterator].map(value),
  recipe('{}', () => ({})),
  recipe('an object without a prototype', () => Object.create(null)),
  recipe('an object with __proto__ from JSON', () => JSON.parse('{"__proto__": {"polluted": 1}}')),
  recipe('a cyclic object', () => {
    const it: Record<string, unknown> = {};
    it.it = it;
    return it;
  }),
  recipe('a cyclic array', () => {
    const it: unknown[] = [];
    it.push(it);
    return it;
  }),
  recipe('an array 10000 deep', () => nested(10_000)),
  recipe('[]', () => []),
  recipe('[[]]', () => [[]]),
  recipe('[1, 2]', () => [1, 2]),
  recipe('[NaN]', () => [NaN]),
  recipe('[null, undefined]', () => [null, undefined]),
  recipe('[[1], [1, 2]]', () => [[1], [1, 2]]),
  recipe('[Symbol(), 1n]', () => [Symbol('s'), 1n]),
  recipe('a proxy that throws', () => new Proxy({}, everyTrap)),
  recipe('a proxy of a function', () => new Proxy(() => 1, {})),
  recipe('a getter that throws', () => ({
    get model() {
      return throws();
    },
    get shape() {
      return throws();
    },
  })),
  recipe('a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }),
  recipe('a Date', () => new Date(0)),
  recipe('a Map', () => new Map([['a', 1]])),
  recipe('a RegExp', () => /x/),
  recipe('a promise', () => Promise.resolve(1)),
  recipe('a promise of a model', () => Promise.resolve(fixtures().trained)),
  recipe('a function', () => () => 1),
  recipe('a function that throws', () => throws),
  recipe('a class', () => class Nothing extends Object {}),
  recipe('Float32Array []', () => new Float32Array(0)),
  recipe('Float32Array [NaN]', () => new Float32Array([NaN])),
  recipe('Float64Array [0, 1, 2]', () => new Float64Array([0, 1, 2])),
  recipe('BigInt64Array', () => new BigInt64Array([1n])),
  recipe('an ArrayBuffer', () => new ArrayBuffer(4)),
  recipe('what looks like a tensor', () => ({
    dataId: {},
    shape: [2, 3],
    dtype: 'float32',
    rank: 2,
    size: 6,
  })),
  recipe('what looks like a model', () => ({ layers: [], outputs: [], inputs: [] })),
  recipe('a model of nulls', () => ({ layers: [null], outputs: [null], inputs: [null] })),
  recipe('a symbolic tensor', () => fixtures().trained.inputs[0]),
  recipe('a layer', () => fixtures().trained.layers[0]),
  recipe('a layer not built', () => tf.layers.dense({ units: 1, name: 'unbuilt' })),
  recipe('an optimizer', () => fixtures().plain.optimizer),
  recipe('a dataset', () => tf.data.array([1, 2])),
];

const shapes = [[], [0], [1], [4], [0, 3], [4, 1], [4, 2], [4, 3], [3, 4], [2, 4, 3], [1, 1, 1, 1, 1]];
const fills = [0.5, 0, 1, -1, NaN, Infinity, 1e25];

const tensor = (shape: number[], dtype: 'float32' | 'int32' | 'bool', fill: number): Recipe =>
  recipe(`tf.fill([${shape.join(', ')}], ${fill}, '${dtype}')`, (own) => own(tf.fill(shape, fill, dtype)));

const tensors: fc.Arbitrary<Recipe> = fc
  .tuple(
    fc.constantFrom(...shapes),
    fc.oneof({ weight: 4, arbitrary: fc.constant('float32' as const) }, fc.constantFrom('int32', 'bool')),
    fc.oneof({ weight: 4, arbitrary: fc.constant(0.5) }, fc.constantFrom(...fills)),
  )
  .map(([shape, dtype, fill]) => tensor(shape, dtype, fill));

const oddTensors: Recipe[] = [
  recipe('a string tensor', (own) => own(tf.tensor2d([['a', 'b', 'c']]))),
  // Not every backend has them.
  recipe('a complex tensor, on cpu', (own) =>
    tf.tidy(() => {
      const part = tf.ones([4, 3]);
      return own(tf.keep(tf.getBackend() === 'cpu' ? tf.complex(part, part) : part));
    }),
  ),
  recipe('a disposed tensor', () => {
    const gone = tf.ones([4, 3]);
    gone.dispose();
    return gone;
  }),
  recipe('a variable', (own) => own(tf.tidy(() => tf.variable(tf.ones([4, 3]))))),
];

const models: Recipe[] = (['trained', 'bare', 'plain', 'gone', 'regression'] as const).map((name) =>
  recipe(`the model ${name}`, () => fixtures()[name]),
);

/** Anything that is no good, of any depth. */
export const garbage: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...scraps) },
  { weight: 2, arbitrary: tensors },
  { weight: 1, arbitrary: fc.constantFrom(...oddTensors, ...models) },
  {
    weight: 1,
    arbitrary: fc
      .anything({
        maxDepth: 3,
        withBigInt: true,
        withNullPrototype: true,
        withTypedArray: true,
        withMap: true,
      })
      .map(value),
  },
);

const one = (...values: unknown[]): fc.Arbitrary<Recipe> => fc.constantFrom(...values.map(value));

/** The first that matches the text of a type makes what is plausible for it. */
const PLAUSIBLE: Array<[type: RegExp, arbitrary: fc.Arbitrary<Recipe>]> = [
  [/LayersModel/, fc.constantFrom(...models.filter(({ name }) => !name.endsWith('gone')))],
  [/NumberPerExample/, fc.oneof(tensors, one([0, 1, 1, 0], [0.1, 0.9, 0.3, 0.4]))],
  [/\bNonLinearity\b/, one('relu', 'tanh', 'softmax', 'linear', 'gelu_new')],
  [/PriorScale/, fc.oneof(one(1, 0.3, [1, 2]), tensors)],
  [/Initializer/, one('zeros', 'glorotNormal', 0.1)],
  [/PosteriorLike/, fc.oneof(tensors, one([[1]]))],
  [/Likelihood/, one({ family: 'categorical' }, { family: 'gaussian', stddev: 0.1 })],
  [
    /Destination/,
    fc.constant(recipe('a handler with a checkpoint', () => tf.io.fromMemory(fixtures().checkpoint))),
  ],
  [/AbortSignal/, fc.constant(recipe('a signal', () => new AbortController().signal))],
  [
    /=>/,
    fc.constantFrom(
      recipe('z => z', () => (z: unknown) => z),
      value(tf.relu),
    ),
  ],
  [/number\[\]/, one([], [2], [3], [null, 3])],
  [/\bScale\b/, one(0.1, 'output')],
  [/Tensor|Inputs/, tensors],
  [/boolean/, one(true, false)],
  [/number/, one(0, 1, 2, 3, 0.5, 0.9)],
  [/string/, one('a', 'b')],
];

const plausible = (type: string): fc.Arbitrary<Recipe> => {
  const words = [...type.matchAll(/'([^']*)'/g)].map(([, word]) => word);
  if (words.length > 0) return one(...words);
  return PLAUSIBLE.find(([pattern]) => pattern.test(type))?.[1] ?? garbage;
};

/** Whole numbers that order more work than a test has time for: they are no garbage. */
const ORDERS = /^(samples|sampleShape|draws)$/;
const affordable = (name: string, of: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> =>
  ORDERS.test(name) ? of.filter((it) => !/^(1000000000|9007199254740991)$/.test(it.name)) : of;

const mostly = (good: fc.Arbitrary<Recipe>, bad: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> =>
  fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: bad });

/** An argument for a parameter: plausible or garbage; of an options object also in some of its values. */
export function argumentFor({ name, type, keys }: Parameter): fc.Arbitrary<Recipe> {
  if (Object.keys(keys).length === 0) return mostly(plausible(type), affordable(name, garbage));
  const fields = Object.entries(keys).map(
    ([key, itsType]) => [key, mostly(plausible(itsType), affordable(key, garbage))] as const,
  );
  const known = fc
    .record(Object.fromEntries(fields), { requiredKeys: [] })
    .chain((all) => fc.constant(objectOf(all as Record<string, Recipe>)));
  return fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: garbage });
}

/** All of them, the last ones left out now and then. */
export function argumentsFor(parameters: readonly Parameter[]): fc.Arbitrary<Recipe[]> {
  const given = parameters.map(argumentFor);
  return fc
    .tuple(fc.tuple(...given), fc.nat({ max: 2 * parameters.length }), garbage)
    .map(([all, n, extra]) => (n >= parameters.length ? all : n === 0 ? [...all, extra] : all.slice(0, n)));
}

function objectOf(fields: Record<string, Recipe>): Recipe {
  const text = Object.entries(fields).map(([key, { name }]) => `${key}: ${name}`);
  return recipe(`{${text.join(', ')}}`, (own) =>
    Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.make(own)])),
  );
}
