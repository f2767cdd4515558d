/**
 * The penguins of the Palmer Archipelago: the length of a flipper and the mass of the body. See NOTICE for the source.
 *
 * A part of the penguins with both measurements is trained on, the others are held out; a seed decides which. Means and
 * stddevs for standardisation are those of the part that is trained on.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { shuffled } from '../random';

/** As the file has it. */
interface Row {
  'Flipper Length (mm)': number | null;
  'Body Mass (g)': number | null;
}

export interface Penguin {
  /** Length of a flipper, mm. */
  flipper: number;
  /** Mass of the body, kg. */
  mass: number;
}

export interface Penguins {
  train: Penguin[];
  heldOut: Penguin[];
  /** Rows of the file in all, and those of them that lack a measurement. */
  rows: number;
  missing: number;
}

/** A third is held out. */
const HELD_OUT = 1 / 3;

export function loadPenguins(seed: number): Penguins {
  const require = createRequire(join(process.cwd(), 'package.json'));
  const file = join(dirname(require.resolve('vega-datasets')), '../data/penguins.json');
  const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[];
  const penguins = rows.flatMap(({ 'Flipper Length (mm)': flipper, 'Body Mass (g)': grams }) =>
    flipper === null || grams === null ? [] : [{ flipper, mass: grams / 1000 }],
  );
  const order = shuffled(penguins, seed);
  const heldOut = Math.round(penguins.length * HELD_OUT);
  return {
    heldOut: order.slice(0, heldOut),
    train: order.slice(heldOut),
    rows: rows.length,
    missing: rows.length - penguins.length,
  };
}

/** A change of unit: numbers with the given values' mean and stddev become numbers of mean 0 and stddev 1. */
export interface Standard {
  mean: number;
  stddev: number;
  to: (value: number) => number;
  from: (standardised: number) => number;
}

export function standardOf(values: number[]): Standard {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const stddev = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return { mean, stddev, to: (v) => (v - mean) / stddev, from: (v) => mean + stddev * v };
}
