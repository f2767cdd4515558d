/** What the playground draws and says of a net, as functions of numbers. */
import { contour } from '../../examples/playground/src/contour';
import { band, line } from '../../examples/playground/src/paths';
import { MODES, PLANE, type Point } from '../../examples/playground/src/problem';
import type { View } from '../../examples/playground/src/protocol';
import { quantiles } from '../../examples/playground/src/quantiles';
import { numeral, scale, ticks } from '../../examples/playground/src/scale';
import { spread } from '../../examples/playground/src/spread';
import { INITIAL } from '../../examples/playground/src/state';
import { median, story } from '../../examples/playground/src/words';

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
      'Step 400 of 1,500. Sure of the curve within ±0.1 near the points, ±0.9 in the gap from −1.0 to 1.0. The points scatter by ±0.15. Misfit (NLL) 0.12, moved from the prior (KL) 0.31, in nats per point.',
    );
    expect(tell({ step: 0, steps: 600, nll: undefined, kl: undefined })).toMatch(/^Step 0 of 600. Sure/);
    expect(tell({ step: 600, steps: 600, nll: -0.5, kl: 1 }, points.slice(0, 3))).toMatch(
      /^All 600 steps are done. .* ±0.1 at the edge of the picture.* \(NLL\) −0.50,/,
    );
  });

  test('of a plain net and of no points says what they are', () => {
    expect(tell({ step: 1, steps: 600, nll: 1, kl: undefined }, points, 'plain')).toMatch(
      /600. A plain net has one curve and no doubt about it.* \(NLL\) 1.00, in nats per point/,
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
      'All 1 steps are done. Sure of the class in 50% of the picture. Epistemic doubt: 0.01 nats at the points, up to 0.40 elsewhere. Misfit (NLL) 0.10, moved from the prior (KL) 0.20, in nats per point.',
    );
  });

  test('a median is the middle', () => {
    expect([median([3, 1, 2]), median([4, 1])]).toEqual([2, 2.5]);
  });
});
