/**
 * The part of a link behind its #: what differs from the first view, by name, as in
 *
 *     mode=classification&classification=-120.45.0_80.-30.1&units=32
 *
 * Points are the name of a data set, or hundredths, x.y of a regression and x.y.label of a classification. A part that
 * cannot be read is left out and named, and never breaks the page.
 */
import { dataSet, nameOf } from './dataSets';
import {
  CHOICES,
  MAX_POINTS,
  MAX_SEED,
  MODES,
  placed,
  type Label,
  type Mode,
  type OptionName,
  type Point,
} from './problem';
import { INITIAL, LAYERS_SHOWN, MAPS, type Shared } from './state';

export interface Read {
  shared: Shared;
  /** The names of the parts that could not be read, in their order. */
  unread: string[];
}

const OPTION_NAMES = Object.keys(CHOICES) as OptionName[];

export function written(shared: Shared): string {
  const parts = new URLSearchParams({ mode: shared.mode });
  for (const mode of MODES) {
    const text = writtenPoints(mode, shared.points[mode]);
    if (text !== writtenPoints(mode, INITIAL.points[mode])) parts.set(mode, text);
  }
  for (const name of OPTION_NAMES)
    if (shared.options[name] !== INITIAL.options[name]) parts.set(name, String(shared.options[name]));
  if (shared.seed !== INITIAL.seed) parts.set('seed', String(shared.seed));
  if (shared.map !== INITIAL.map) parts.set('map', shared.map);
  const hidden = LAYERS_SHOWN.filter((layer) => !shared.shown[layer]);
  if (hidden.length > 0) parts.set('hide', hidden.join('.'));
  return parts.toString();
}

/** @param hash with its # or without; an empty one is the first view. */
export function read(hash: string): Read {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const [unread, known] = [[] as string[], new Set<string>()];
  const part = <T>(name: string, initial: T, parse: (text: string) => T | undefined): T => {
    known.add(name);
    const text = parts.get(name);
    if (text === null) return initial;
    const value = parse(text);
    if (value === undefined) unread.push(name);
    return value ?? initial;
  };
  const points = (mode: Mode): readonly Point[] =>
    part(mode, INITIAL.points[mode], (text) => readPoints(mode, text));
  const shared: Shared = {
    mode: part('mode', INITIAL.mode, (text) => MODES.find((mode) => mode === text)),
    points: { regression: points('regression'), classification: points('classification') },
    options: Object.fromEntries(
      OPTION_NAMES.map((name) => [name, part(name, INITIAL.options[name], (text) => choice(name, text))]),
    ) as unknown as Shared['options'],
    seed: part('seed', INITIAL.seed, wholeNumber),
    map: part('map', INITIAL.map, (text) => MAPS.find((map) => map === text)),
    shown: part('hide', INITIAL.shown, readShown),
  };
  unread.push(...new Set([...parts.keys()].filter((name) => !known.has(name))));
  return { shared, unread };
}

function writtenPoints(mode: Mode, points: readonly Point[]): string {
  const hundredths = (value: number): number => Math.round(100 * value);
  return (
    nameOf(mode, points) ??
    points
      .map(({ x, y, label }) =>
        [hundredths(x), hundredths(y), ...(mode === 'regression' ? [] : [label])].join('.'),
      )
      .join('_')
  );
}

function readPoints(mode: Mode, text: string): readonly Point[] | undefined {
  const named = dataSet(mode, text);
  if (named !== undefined) return named;
  const pattern = mode === 'regression' ? /^(-?\d{1,4})\.(-?\d{1,4})$/ : /^(-?\d{1,4})\.(-?\d{1,4})\.([01])$/;
  const all = text.split('_').map((one) => {
    const found = pattern.exec(one);
    if (found === null) return undefined;
    const point = {
      x: Number(found[1]) / 100,
      y: Number(found[2]) / 100,
      label: Number(found[3] ?? 0) as Label,
    };
    const inPlane = placed(mode, point);
    return Math.abs(inPlane.x - point.x) + Math.abs(inPlane.y - point.y) < 1e-9 ? inPlane : undefined;
  });
  return all.length <= MAX_POINTS && all.every((point) => point !== undefined) ? all : undefined;
}

function choice<Name extends OptionName>(name: Name, text: string): Shared['options'][Name] | undefined {
  const values: ReadonlyArray<string | number> = CHOICES[name];
  return values.find((value) => String(value) === text) as Shared['options'][Name] | undefined;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) && Number(text) <= MAX_SEED ? Number(text) : undefined;
}

function readShown(text: string): Shared['shown'] | undefined {
  const hidden = text.split('.');
  if (!hidden.every((name) => (LAYERS_SHOWN as readonly string[]).includes(name))) return undefined;
  return Object.fromEntries(LAYERS_SHOWN.map((layer) => [layer, !hidden.includes(layer)])) as Shared['shown'];
}
