/** Which slot of an optimizer belongs to which variable. */
import * as tf from '@tensorflow/tfjs';
import * as slots from '../../src/optimizer/optimizerSlots';

beforeAll(() => tf.setBackend('cpu'));

const variable = (name: string, shape = [2], originalName = name) => ({ name, originalName, shape });
const slot = (name: string, shape = [2]) => ({ name, shape });

describe('the owner of a slot', () => {
  const ownersOf = (
    names: string[],
    variables: Array<ReturnType<typeof variable>>,
    trained = variables.map((_, i) => i),
  ): slots.Slot[] =>
    slots.ownersOf(
      'who',
      names.map((name) => slot(name)),
      variables,
      trained,
    );

  test('is the variable that it is named by, up to the last slash', () => {
    expect(ownersOf(['b/k/m', 'a/k/m', 'b/k/v', 'a/k/v'], [variable('a/k'), variable('b/k')])).toEqual([
      { kind: 'm', of: 1 },
      { kind: 'm', of: 0 },
      { kind: 'v', of: 1 },
      { kind: 'v', of: 0 },
    ]);
  });

  test('goes by the name that a variable has now before the one that was asked for', () => {
    const variables = [variable('k_1', [2], 'k'), variable('k', [2], 'other')];
    expect(ownersOf(['k/m', 'k_1/m'], variables).map(({ of }) => of)).toEqual([1, 0]);
    const first = [variable('k', [2], 'other'), variable('l', [2], 'k')];
    expect(ownersOf(['k/m'], first)).toEqual([{ kind: 'm', of: 0 }]);
  });

  test('is known by name where it is not trained, whatever the kind is called', () => {
    expect(ownersOf(['a/k/momentum'], [variable('a/k'), variable('b/k')], [1])).toEqual([
      { kind: 'momentum', of: 0 },
    ]);
  });

  test('goes by the name that was asked for where another model counts on, then without the count', () => {
    const variables = [
      variable('a_7', [2], 'a'),
      variable('b_7', [2], 'b_2'),
      variable('b_12_7', [2], 'b_12'),
    ];
    expect(ownersOf(['b_2/m', 'a_13/m', 'b_12_3/m'], variables).map(({ of }) => of)).toEqual([1, 0, 2]);
  });

  test('prefers the very name to that without a count', () => {
    const variables = [variable('x', [2], 'b'), variable('y', [2], 'b_2')];
    expect(ownersOf(['b_2/m', 'b_5/m'], variables).map(({ of }) => of)).toEqual([1, 0]);
  });

  test('goes by position among the trained where no name is known, kind by kind', () => {
    const variables = [variable('a'), variable('b'), variable('c')];
    expect(ownersOf(['p/m', 'q/m', 'p/v', 'q/v'], variables, [2, 0])).toEqual([
      { kind: 'm', of: 2 },
      { kind: 'm', of: 0 },
      { kind: 'v', of: 2 },
      { kind: 'v', of: 0 },
    ]);
  });

  test('of a name without a slash goes by position too', () => {
    expect(ownersOf(['m'], [variable('a')])).toEqual([{ kind: '', of: 0 }]);
  });

  test('of no slots at all is nobody', () => {
    expect(ownersOf([], [variable('a')])).toEqual([]);
  });

  const needed = 'who: each slot of the optimizer must belong to a weight of the model, got';
  test('must be there, and of the shape of the slot', () => {
    expect(() => ownersOf(['a/m', 'b/m'], [variable('a')])).toThrow(
      `${needed} "b/m" of shape [2]; is the optimizer shared`,
    );
    expect(() => ownersOf(['p/m', 'q/m'], [variable('a')])).toThrow(`${needed} "q/m"`);
    const both = [variable('a'), variable('b')];
    expect(() => ownersOf(['p/m', 'q/m'], both, [0])).toThrow(`${needed} "q/m"`);
    // One name that is known is enough: then no place counts.
    expect(() => ownersOf(['a/m', 'q/m'], both)).toThrow(`${needed} "q/m"`);
    expect(() => ownersOf(['a/m'], [variable('a', [2, 1])])).toThrow(`${needed} "a/m" of shape [2]`);
    expect(() => ownersOf(['p/m'], [variable('a', [3])])).toThrow(needed);
  });
});

describe('every kind of slot', () => {
  const both = (m: number[], v: number[]): slots.Slot[] => [
    ...m.map((of) => ({ kind: 'm', of })),
    ...v.map((of) => ({ kind: 'v', of })),
  ];

  test.each([
    [[], []],
    [[0], [0]],
    [
      [2, 10, 0],
      [10, 0, 2],
    ],
  ])('may be there for the weights %j and %j', (m, v) => {
    expect(() => slots.checkComplete('who', both(m, v))).not.toThrow();
  });

  test.each([
    [[0, 1], [0], '2 of "m", 1 of "v"'],
    [[0], [1], '1 of "m", 1 of "v"'],
    [[0, 0], [0, 0], '2 of "m", 2 of "v"'],
    [[1, 1], [], '2 of "m"'],
  ])('not for %j and %j', (m, v, got) => {
    expect(() => slots.checkComplete('who', both(m, v))).toThrow(
      `who: every kind of slot must be there once for the same weights, got ${got}`,
    );
  });
});

describe('what an optimizer needs', () => {
  const optimizers: Array<[string, () => tf.Optimizer, string[], number]> = [
    ['momentum', () => tf.train.momentum(0.1, 0.9), ['momentum'], 0],
    ['adagrad', () => tf.train.adagrad(0.1, 0.25), ['accumulator'], 0.25],
    ['adadelta', () => tf.train.adadelta(0.1), ['accum_grad', 'accum_var'], 0],
    ['adam', () => tf.train.adam(0.1), ['m', 'v'], 0],
    ['rmsprop', () => tf.train.rmsprop(0.1), ['rms', 'momentum'], 0],
    ['centered rmsprop', () => tf.train.rmsprop(0.1, 0.9, 0, 1e-7, true), ['rms', 'momentum', 'mg'], 0],
  ];

  test.each(optimizers)(
    '%s has it in the order of setWeights, and begins with its number',
    (_, make, kinds, start) => {
      const optimizer = make();
      const saved = [...kinds].reverse().map((kind) => ({ kind, of: 0 }));
      expect(slots.slotsFor('who', optimizer, saved, [4, 1])).toEqual(
        kinds.flatMap((kind) => [
          { kind, of: 4 },
          { kind, of: 1 },
        ]),
      );
      expect(slots.slotsFor('who', optimizer, [], [4, 1])).toEqual([]);
      expect(() => slots.slotsFor('who', optimizer, [{ kind: 'other', of: 0 }], [4])).toThrow(
        'who: the optimizer keeps the slots ',
      );
      tf.tidy(() => expect(slots.freshSlot(optimizer, [1, 2]).arraySync()).toEqual([[start, start]]));
      optimizer.dispose();
    },
  );

  test('of slots of two weights is each kind once', () => {
    const optimizer = tf.train.momentum(0.1, 0.9);
    const saved = [0, 1].map((of) => ({ kind: 'momentum', of }));
    expect(slots.slotsFor('who', optimizer, saved, [1])).toEqual([{ kind: 'momentum', of: 1 }]);
  });

  test('sgd has nothing, and a class that is not known has what was saved', () => {
    expect(() => slots.slotsFor('who', tf.train.sgd(0.1), [{ kind: 'm', of: 0 }], [0])).toThrow(
      'who: the optimizer keeps the slots [], got ["m"] saved; compile with its options as they were',
    );
    class Own extends tf.SGDOptimizer {
      override getClassName(): string {
        return 'Own';
      }
    }
    const saved = [{ kind: 'b', of: 0 }, { kind: 'a', of: 0 }]; // prettier-ignore
    expect(slots.slotsFor('who', new Own(0.1), saved, [1])).toEqual([
      { kind: 'b', of: 1 },
      { kind: 'a', of: 1 },
    ]);
  });

  test('is not what another keeps', () => {
    const saved = [{ kind: 'm', of: 0 }];
    expect(() => slots.slotsFor('who', tf.train.adam(0.1), saved, [0])).toThrow(
      'the optimizer keeps the slots ["m", "v"], got ["m"] saved',
    );
  });
});

test.each(['sequential', 'functional'])(
  'trained are what was trainable when a %s model was compiled',
  (kind) => {
    const [first, second] = [tf.layers.dense({ units: 1, inputShape: [1] }), tf.layers.dense({ units: 1 })];
    const input = tf.input({ shape: [1] });
    const model =
      kind === 'sequential'
        ? tf.sequential({ layers: [first, second] })
        : tf.model({ inputs: input, outputs: second.apply(first.apply(input)) as tf.SymbolicTensor });
    const names = (): string[] => slots.trainedVariables(model).map(({ name }) => name);
    const namesOf = (...layers: tf.layers.Layer[]): string[] =>
      layers.flatMap(({ weights }) => weights.map(({ name }) => name));
    first.trainable = false;
    expect(names()).toEqual(namesOf(second));
    first.trainable = true;
    expect(names()).toEqual(namesOf(first, second));
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    first.trainable = false;
    expect(names()).toEqual(namesOf(first, second));
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    first.trainable = true;
    expect(names()).toEqual(namesOf(second));
    model.dispose();
  },
);
