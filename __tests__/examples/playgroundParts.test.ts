/** The parts of the playground that need no browser: what a link holds, points and words, the worker's orders. */
import fc from 'fast-check';
import { contour } from '../../examples/playground/src/contour';
import { Crosshair } from '../../examples/playground/src/crosshair';
import { DATA_SETS, nameOf } from '../../examples/playground/src/dataSets';
import { Gate } from '../../examples/playground/src/gate';
import { Learner, type Port } from '../../examples/playground/src/learner';
import { read, written } from '../../examples/playground/src/link';
import { band, line } from '../../examples/playground/src/paths';
import { nearest, neighbour, without, withMoved, withPoint } from '../../examples/playground/src/places';
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
import type { Order, Report, View } from '../../examples/playground/src/protocol';
import { quantiles } from '../../examples/playground/src/quantiles';
import { numeral, scale, ticks } from '../../examples/playground/src/scale';
import { spread } from '../../examples/playground/src/spread';
import {
  INITIAL,
  learnsOtherwise,
  MAPS,
  problemOf,
  Store,
  type Shared,
} from '../../examples/playground/src/state';
import { median, story, widestGap } from '../../examples/playground/src/words';

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
    for (const [name, { points }] of Object.entries(DATA_SETS[mode])) {
      expect(points.length).toBeLessThanOrEqual(MAX_POINTS);
      for (const point of points) expect(placed(mode, point)).toEqual(point);
      expect(nameOf(mode, [...points])).toBe(name);
    }
    expect(INITIAL.points[mode]).toBe(Object.values(DATA_SETS[mode])[0]!.points);
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

describe('points', () => {
  const three: Point[] = [
    { x: 1, y: 0, label: 0 },
    { x: -1, y: 0, label: 1 },
    { x: 0, y: 2, label: 0 },
  ];

  test('are placed in the plane, up to as many as there may be', () => {
    const far = withPoint('regression', three, { x: 9, y: -9.001, label: 1 });
    expect(far.at(-1)).toEqual({ x: 4, y: -3, label: 0 });
    const full = Array<Point>(MAX_POINTS).fill(three[0]!);
    expect(withPoint('regression', full, three[1]!)).toBe(full);
  });

  test('are moved and taken away', () => {
    expect(withMoved('classification', three, 1, { x: 0.126, y: 5 })[1]).toEqual({ x: 0.13, y: 3, label: 1 });
    expect(without(three, 0)).toEqual(three.slice(1));
  });

  test('are found by nearness and by their order from left to right', () => {
    const to =
      (x: number, y: number) =>
      (point: Point): number =>
        Math.hypot(point.x - x, point.y - y);
    expect(nearest(three, to(0.9, 0), 0.2)).toBe(0);
    expect(nearest(three, to(0.5, 0), 0.2)).toBeUndefined();
    const visited = [1, 2, 3].reduce<number[]>((all) => [...all, neighbour(three, all.at(-1), 1)!], []);
    expect(visited).toEqual([1, 2, 0]);
    expect(neighbour(three, undefined, -1)).toBe(0);
    expect(neighbour([], undefined, 1)).toBeUndefined();
  });
});

describe('the crosshair', () => {
  const begin = (shared: Partial<Shared> = {}) => {
    const state = { playing: true, awaited: false, label: 0 as Label, chosen: undefined, view: undefined };
    const store = new Store({ ...INITIAL, ...shared, ...state });
    const said: string[] = [];
    const crosshair = new Crosshair(store, (what) => said.push(what), jest.fn());
    const press = (...keys: string[]): boolean[] =>
      keys.map((key) => crosshair.press({ key, shiftKey: false }));
    return { store, said, press, crosshair };
  };

  test('places a point where it stands, and says so', () => {
    const { store, said, press } = begin({ points: { ...INITIAL.points, regression: [] } });
    press('ArrowRight', 'ArrowUp', 'Enter');
    expect(store.now.points.regression).toEqual([{ x: 0.2, y: 0.2, label: 0 }]);
    expect(said).toEqual(['x 0.20, y 0.00.', 'x 0.20, y 0.20.', 'Point placed at x 0.20, y 0.20; 1 point.']);
  });

  test('goes from point to point, picks one up, moves it, puts it down, takes it away', () => {
    const points = [{ x: 1, y: 1, label: 0 as const }];
    const { store, said, press } = begin({ points: { ...INITIAL.points, regression: points } });
    press('Delete');
    expect(said.at(-1)).toContain('No point is chosen');
    press('n', 'm', 'ArrowLeft', 'm', 'ArrowLeft', 'ArrowLeft');
    expect(store.now.points.regression).toEqual([{ x: 0.8, y: 1, label: 0 }]);
    press('P', 'Backspace');
    expect(store.now.points.regression).toEqual([]);
    expect(said.at(-1)).toBe('Point deleted; 0 points.');
  });

  test('chooses the class, and leaves other keys to the page', () => {
    const { store, press } = begin({
      mode: 'classification',
      points: { ...INITIAL.points, classification: [] },
    });
    expect(press('b', 'Enter', 'Tab', 'F5')).toEqual([true, true, false, false]);
    expect(store.now.points.classification).toEqual([{ x: 0, y: 0, label: 1 }]);
    expect(begin().press('a')).toEqual([false]);
  });
});

describe('the worker is told and heard', () => {
  const view = { progress: { step: 1, steps: 2, nll: 1, kl: 1 } } as View;

  test('a run at a time: what comes of an earlier one is dropped', () => {
    const orders: Order[] = [];
    const port: Port = { postMessage: (order) => orders.push(order), onmessage: null, onerror: null };
    const [onView, onFailure] = [jest.fn(), jest.fn()];
    const learner = new Learner(port, { onView, onFailure });
    const hear = (data: Report): void => port.onmessage!({ data } as MessageEvent<Report>);
    const problem = problemOf(INITIAL);
    learner.start(problem, true);
    learner.start(problem, false);
    hear({ kind: 'view', run: 1, view });
    hear({ kind: 'failure', run: 1, message: 'late' });
    expect(onView).not.toHaveBeenCalled();
    hear({ kind: 'view', run: 2, view });
    hear({ kind: 'failure', run: 2, message: 'now' });
    hear({ kind: 'failure', run: undefined, message: 'no backend' });
    expect(onView.mock.calls).toEqual([[view]]);
    expect(onFailure.mock.calls).toEqual([['now'], ['no backend']]);
    learner.step(10);
    expect(orders).toEqual([
      { kind: 'start', run: 1, problem, playing: true },
      { kind: 'start', run: 2, problem, playing: false },
      { kind: 'step', steps: 10 },
    ]);
    port.onerror!({ message: '' } as ErrorEvent);
    expect(onFailure).toHaveBeenLastCalledWith('The worker that learns could not be started.');
  });

  test('a gate lets steps through while it is open, or so many', async () => {
    const gate = new Gate();
    let passed = 0;
    const walk = (async () => {
      for (; passed < 5; passed++) await gate.pass();
    })();
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await turn();
    expect(passed).toBe(0);
    gate.openFor(2);
    await turn();
    expect([passed, gate.isShut]).toEqual([2, true]);
    gate.open();
    await walk;
    expect([passed, gate.isShut]).toEqual([5, false]);
  });
});

test('another posterior is learned of other points, options and seeds, not of another map', () => {
  expect(learnsOtherwise({ ...INITIAL, seed: 2 }, INITIAL)).toBe(true);
  expect(learnsOtherwise({ ...INITIAL, mode: 'classification' }, INITIAL)).toBe(true);
  expect(
    learnsOtherwise({ ...INITIAL, map: 'total', shown: { ...INITIAL.shown, draws: false } }, INITIAL),
  ).toBe(false);
  const others = { ...INITIAL.points, classification: [] };
  expect(learnsOtherwise({ ...INITIAL, points: others }, INITIAL)).toBe(false);
});

describe('drawing', () => {
  test('a scale goes there and back; ticks are round', () => {
    const x = scale([-4, 4], [44, 844]);
    expect([x(-4), x(0), x(4), x.at(x(1.5))]).toEqual([44, 444, 844, 1.5]);
    expect(ticks([-4, 4], 8)).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4]);
    expect(ticks([0, 1], 2)).toEqual([0, 0.5, 1]);
    expect([numeral(-0.001, 2), numeral(-1.5, 1), numeral(0.125, 2)]).toEqual(['0.00', '−1.5', '0.13']);
  });

  test('a line and a band go through their places', () => {
    const [x, y] = [scale([0, 1], [0, 10]), scale([0, 1], [10, 0])];
    expect(line([0, 1], [0, 1], x, y)).toBe('M0 10L10 0');
    const area = { lower: Float32Array.of(0, 0), upper: Float32Array.of(1, 1) };
    expect(band([0, 1], area, x, y)).toBe('M0 0L10 0L10 10L0 10Z');
    expect([line([], [], x, y), band([], area, x, y)]).toEqual(['', '']);
  });

  test('a contour of a cone is its circle, to a part of a square; a saddle is cut twice', () => {
    const side = 21;
    const cone = Array.from({ length: side * side }, (_, i) =>
      Math.hypot((i % side) - 10, Math.floor(i / side) - 10),
    );
    const places: number[][] = [];
    contour(cone, side, 6.5, (column, row) => {
      places.push([column, row]);
      return '';
    });
    // A square lies between its corners' heights along a line; the cone is bent by at most 1/(8 · 5.5) there.
    for (const [column, row] of places)
      expect(Math.abs(Math.hypot(column! - 10, row! - 10) - 6.5)).toBeLessThan(1 / 44);
    expect(places.length).toBeGreaterThan(60);
    const path = contour([1, 0, 0, 1], 2, 0.5, (column, row) => `${column} ${row}`);
    expect(path.split('M')).toHaveLength(3);
    expect(contour([1, 1, 1, 1], 2, 0.5, () => '')).toBe('');
  });

  test('quantiles over draws, place by place', () => {
    const draws = [5, 1, 4, 2, 3].map((v) => Float32Array.of(v, -v));
    const [low, middle, high] = quantiles(draws, [0, 0.5, 0.9]);
    expect([[...low!], [...middle!]]).toEqual([
      [1, -5],
      [3, -3],
    ]);
    expect(high![0]).toBeCloseTo(4.6);
  });

  test.each([1, 2] as const)('of %d inputs bumps begin everywhere in the plane', (inputs) => {
    const { kernel, bias } = spread(inputs, 24);
    expect([kernel.length, kernel[0]!.length, bias.length]).toEqual([inputs, 24, 24]);
    const mode = MODES[inputs - 1]!;
    const [low, high] = PLANE[mode].x;
    for (let x = low; x <= high; x += 0.25)
      for (let y = -2; y <= (inputs === 1 ? -2 : 2); y += 0.25) {
        const heights = bias.map((b, i) =>
          Math.exp(-((b + kernel[0]![i]! * x + (kernel[1]?.[i] ?? 0) * y) ** 2)),
        );
        expect(Math.max(...heights)).toBeGreaterThan(0.5);
      }
  });
});

describe('the story', () => {
  const x = Float32Array.from({ length: 81 }, (_, i) => -4 + i / 10);
  const picture = (width: (x: number) => number): View['picture'] => {
    const flat = (value: (x: number) => number): Float32Array => x.map(value);
    const edges = { lower: flat((v) => -width(v)), upper: flat(width) };
    const both = { 50: edges, 90: edges };
    const noise = flat(() => 0.15);
    return {
      mode: 'regression',
      x,
      mean: flat(() => 0),
      curve: both,
      target: both,
      draws: [],
      epistemic: noise,
      aleatoric: noise,
    };
  };
  const points = [-2, -1.5, -1, 1, 2].map((at): Point => ({ x: at, y: 0, label: 0 }));
  const inGap = picture((v) => (Math.abs(v) < 0.95 ? 0.9 : 0.1));
  const tell = (
    progress: View['progress'],
    some: readonly Point[] = points,
    layers: 'all' | 'plain' = 'all',
  ): string => story({ progress, picture: inGap }, { points: some, options: { ...INITIAL.options, layers } });

  test('says how far it is, how well it fits, and where it is sure', () => {
    expect(tell({ step: 400, steps: 1500, nll: 0.123, kl: 0.31 })).toBe(
      'Step 400 of 1,500. NLL 0.12, KL 0.31 nats per point. Sure of the curve within ±0.1 near the points, ±0.9 in the gap from −1.0 to 1.0. The points scatter by ±0.15.',
    );
    expect(tell({ step: 0, steps: 600, nll: undefined, kl: undefined })).toMatch(/^Step 0 of 600. Sure/);
    expect(tell({ step: 600, steps: 600, nll: -0.5, kl: 1 }, points.slice(0, 3))).toMatch(
      /^All 600 steps are done. NLL −0.50, .* ±0.1 at the edge of the picture/,
    );
  });

  test('of a plain net and of no points says what they are', () => {
    expect(tell({ step: 1, steps: 600, nll: 1, kl: undefined }, points, 'plain')).toMatch(
      /NLL 1.00 nats per point. A plain net has one curve and no doubt about it/,
    );
    expect(tell({ step: 0, steps: 0, nll: undefined, kl: undefined }, [])).toMatch(
      /^No points yet: this is the prior/,
    );
  });

  test('of two classes says where it is sure, and where its doubt is epistemic', () => {
    const flat = (value: number): Float32Array => new Float32Array(4).fill(value);
    const map: View['picture'] = {
      mode: 'classification',
      side: 2,
      probability: Float32Array.of(0.95, 0.05, 0.5, 0.7),
      total: flat(0.5),
      aleatoric: flat(0.2),
      // The first row is on top.
      epistemic: Float32Array.of(0.01, 0.02, 0.4, 0.3),
      draws: [],
    };
    const at: Point[] = [{ x: -3, y: 3, label: 0 }];
    expect(
      story(
        { progress: { step: 1, steps: 1, nll: 0.1, kl: 0.2 }, picture: map },
        { points: at, options: INITIAL.options },
      ),
    ).toBe(
      'All 1 steps are done. NLL 0.10, KL 0.20 nats per point. Sure of the class in 50 % of the picture. Epistemic doubt: 0.01 nats at the points, up to 0.40 elsewhere.',
    );
  });

  test('a median is the middle', () => {
    expect([median([3, 1, 2]), median([4, 1])]).toEqual([2, 2.5]);
  });
});
