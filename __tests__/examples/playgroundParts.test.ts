/** Points and the keyboard's crosshair in the playground, and what its worker is told and heard. */
import { Crosshair } from '../../examples/playground/src/crosshair';
import { Gate } from '../../examples/playground/src/gate';
import { Learner, type Port } from '../../examples/playground/src/learner';
import { nearest, neighbour, withMoved, without, withPoint } from '../../examples/playground/src/places';
import { MAX_POINTS, type Label, type Point } from '../../examples/playground/src/problem';
import type { Order, Report, View } from '../../examples/playground/src/protocol';
import { INITIAL, learnsOtherwise, problemOf, Store, type Shared } from '../../examples/playground/src/state';

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
