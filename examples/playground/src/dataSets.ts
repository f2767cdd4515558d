/** The data sets to begin with. They never change: a link holds their name alone. */
import { randomNumbers } from '../../random';
import { placed, type Label, type Mode, type Point } from './problem';

export interface DataSet {
  /** What the page calls it. */
  title: string;
  points: readonly Point[];
}

const TURN = 2 * Math.PI;

function made(mode: Mode, seed: number, size: number, point: (i: number, random: Random) => Place): Point[] {
  const random = new Random(seed);
  return Array.from({ length: size }, (_, i) => {
    const [x, y, label = 0] = point(i, random);
    return placed(mode, { x, y, label });
  });
}

type Place = [x: number, y: number, label?: Label];

class Random {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = randomNumbers(seed);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Box & Muller 1958. */
  normal(stddev: number): number {
    return stddev * Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(TURN * this.next());
  }
}

const wave = (x: number): number => 1.2 * Math.sin(1.6 * x);

const gap = made('regression', 11, 30, (i, random) => {
  const x = i < 15 ? random.between(-3, -1) : random.between(1, 3);
  return [x, wave(x) + random.normal(0.15)];
});

const noisy = made('regression', 12, 60, (_, random) => {
  const x = random.between(-3, 3);
  return [x, wave(x) + random.normal(0.45)];
});

const groups = made('regression', 13, 24, (i, random) => {
  const [x, y] = [
    [-2.4, -0.8],
    [0, 0.9],
    [2.4, 0.2],
  ][i % 3]!;
  return [x! + random.normal(0.18), y! + random.normal(0.18)];
});

const moons = made('classification', 21, 60, (i, random) => {
  const label = (i % 2) as Label;
  const angle = random.between(0, TURN / 2);
  const side = label === 0 ? 1 : -1;
  return [
    1.2 * side * (Math.cos(angle) - 0.5) + random.normal(0.13),
    1.2 * side * (Math.sin(angle) - 0.25) + random.normal(0.13),
    label,
  ];
});

const clusters = made('classification', 22, 48, (i, random) => {
  const label = (i % 2) as Label;
  const side = label === 0 ? -1 : 1;
  return [1.1 * side + random.normal(0.5), 0.6 * side + random.normal(0.5), label];
});

const ring = made('classification', 23, 60, (i, random) => {
  const label = (i % 2) as Label;
  const [angle, radius] = [
    random.between(0, TURN),
    label === 0 ? random.normal(0.35) : 1.7 + random.normal(0.15),
  ];
  return [radius * Math.cos(angle), radius * Math.sin(angle), label];
});

/** Of each mode, by name; the first one is what the mode begins with. */
export const DATA_SETS = {
  regression: {
    gap: { title: 'A wave with a gap', points: gap },
    noisy: { title: 'A wave in much noise', points: noisy },
    groups: { title: 'Three groups', points: groups },
    empty: { title: 'Empty: the prior alone', points: [] },
  },
  classification: {
    moons: { title: 'Two moons', points: moons },
    clusters: { title: 'Two clusters that overlap', points: clusters },
    ring: { title: 'A ring', points: ring },
    empty: { title: 'Empty: the prior alone', points: [] },
  },
} as const satisfies Record<Mode, Record<string, DataSet>>;

/** The name of the data set that these points are, if they are one. */
export function nameOf(mode: Mode, points: readonly Point[]): string | undefined {
  return Object.entries<DataSet>(DATA_SETS[mode]).find(([, set]) => isSame(set.points, points))?.[0];
}

export function dataSet(mode: Mode, name: string): readonly Point[] | undefined {
  const sets: Record<string, DataSet> = DATA_SETS[mode];
  return Object.hasOwn(sets, name) ? sets[name]!.points : undefined;
}

function isSame(a: readonly Point[], b: readonly Point[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ x, y, label }, i) => x === b[i]!.x && y === b[i]!.y && label === b[i]!.label)
  );
}
