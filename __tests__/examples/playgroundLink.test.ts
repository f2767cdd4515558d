/** What a link to the playground holds, and the data sets that it names. */
import fc from 'fast-check';
import { DATA_SETS, nameOf, type DataSet } from '../../examples/playground/src/dataSets';
import { read, written } from '../../examples/playground/src/link';
import {
  CHOICES,
  MAX_POINTS,
  MAX_SEED,
  MODES,
  PLANE,
  placed,
  type Label,
  type Mode,
  type Point,
} from '../../examples/playground/src/problem';
import { INITIAL, MAPS, type Shared } from '../../examples/playground/src/state';
import { widestGap } from '../../examples/playground/src/words';

const hundredths = ([low, high]: readonly [number, number]): fc.Arbitrary<number> =>
  fc.integer({ min: 100 * low, max: 100 * high }).map((value) => value / 100);

const pointsOf = (mode: Mode): fc.Arbitrary<Point[]> =>
  fc.array(
    fc.record({
      x: hundredths(PLANE[mode].x),
      y: hundredths(PLANE[mode].y),
      label: mode === 'regression' ? fc.constant<Label>(0) : fc.constantFrom<Label>(0, 1),
    }),
    { maxLength: MAX_POINTS },
  );

const anyShared = fc.record<Shared>({
  mode: fc.constantFrom(...MODES),
  points: fc.record({ regression: pointsOf('regression'), classification: pointsOf('classification') }),
  options: fc.record({
    layers: fc.constantFrom(...CHOICES.layers),
    estimator: fc.constantFrom(...CHOICES.estimator),
    units: fc.constantFrom(...CHOICES.units),
    prior: fc.constantFrom(...CHOICES.prior),
    klWeight: fc.constantFrom(...CHOICES.klWeight),
    noise: fc.constantFrom(...CHOICES.noise),
  }),
  seed: fc.integer({ min: 0, max: MAX_SEED }),
  map: fc.constantFrom(...MAPS),
  shown: fc.record({ curve: fc.boolean(), target: fc.boolean(), draws: fc.boolean() }),
});

describe('a link', () => {
  test('brings back every state', () => {
    fc.assert(
      fc.property(anyShared, (shared) => {
        expect(read(`#${written(shared)}`)).toEqual({ shared, unread: [] });
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('of the first view is short, an empty one is the first view', () => {
    expect(written(INITIAL)).toBe('mode=regression');
    expect(read('')).toEqual({ shared: INITIAL, unread: [] });
  });

  test('has the names of data sets, and the letters that need no escape', () => {
    const own = {
      regression: DATA_SETS.regression.noisy.points,
      classification: [{ x: -1.2, y: 0, label: 1 }],
    };
    const hash = written({ ...INITIAL, points: own as Shared['points'] });
    expect(hash).toBe('mode=regression&regression=noisy&classification=-120.0.1');
  });

  test.each([
    ['units=abc', ['units']],
    ['units=7', ['units']],
    ['mode=__proto__&noise=0.2', ['mode']],
    ['regression=constructor', ['regression']],
    ['regression=1.2_', ['regression']],
    ['regression=401.0', ['regression']],
    ['classification=1.2.2', ['classification']],
    [
      `regression=${Array(MAX_POINTS + 1)
        .fill('0.0')
        .join('_')}`,
      ['regression'],
    ],
    ['seed=-1', ['seed']],
    ['seed=1e3', ['seed']],
    ['hide=curve.nothing', ['hide']],
    ['map=', ['map']],
    ['x&y=<script>', ['x', 'y']],
    ['%%%', ['%%%']],
  ])('%s: what cannot be read is as at first, and named', (hash, unread) => {
    const found = read(hash);
    expect(found.unread).toEqual(unread);
    const asAtFirst = { ...INITIAL, options: { ...INITIAL.options, noise: found.shared.options.noise } };
    expect(found.shared).toEqual(asAtFirst);
  });

  test('of garbage gives a state that a link can hold, and never an error', () => {
    const names = ['mode', 'regression', 'classification', 'units', 'noise', 'seed', 'map', 'hide', 'layers'];
    const parts = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), fc.string()));
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      parts.map((all) => all.map((part) => part.join('=')).join('&')),
    );
    fc.assert(
      fc.property(garbage, (hash) => {
        const { shared } = read(hash);
        expect(read(written(shared))).toEqual({ shared, unread: [] });
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe('data sets', () => {
  test.each(MODES)('of a %s lie in its plane, in hundredths, and are found by name', (mode) => {
    for (const [name, { points }] of Object.entries<DataSet>(DATA_SETS[mode])) {
      expect(points.length).toBeLessThanOrEqual(MAX_POINTS);
      for (const point of points) expect(placed(mode, point)).toEqual(point);
      expect(nameOf(mode, [...points])).toBe(name);
    }
    expect(INITIAL.points[mode]).toBe(Object.values<DataSet>(DATA_SETS[mode])[0]!.points);
  });

  test('never change: links hold their names alone', () => {
    const sums = MODES.flatMap((mode) =>
      Object.entries(DATA_SETS[mode]).map(([name, { points }]): [string, number] => [
        name,
        Math.round(
          100 * (points as readonly Point[]).reduce((sum, { x, y }, i) => sum + (i + 1) * (x + 2 * y), 0),
        ),
      ]),
    );
    expect(sums).toEqual([
      ['gap', 58843],
      ['noisy', 38129],
      ['groups', 3507],
      ['empty', 0],
      ['moons', 11933],
      ['clusters', 8656],
      ['ring', -57237],
      ['empty', 0],
    ]);
  });

  test('the first one has a gap', () => {
    const [from, to] = widestGap(INITIAL.points.regression)!;
    expect(from).toBeCloseTo(-1, 0);
    expect(to).toBeCloseTo(1, 0);
    expect(widestGap(DATA_SETS.regression.noisy.points)).toBeUndefined();
  });
});
