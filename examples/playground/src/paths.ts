/** Paths of SVG through numbers, each to a tenth of a pixel. */
import type { Band } from './protocol';
import type { Scale } from './scale';

type Numbers = ArrayLike<number>;

const tenth = (value: number): string => String(Math.round(10 * value) / 10);

export function line(xs: Numbers, ys: Numbers, x: Scale, y: Scale): string {
  return places(xs, ys, x, y)
    .join('L')
    .replace(/^/, xs.length === 0 ? '' : 'M');
}

/** The area between lower and upper. */
export function band(xs: Numbers, { lower, upper }: Band, x: Scale, y: Scale): string {
  if (xs.length === 0) return '';
  return `M${[...places(xs, upper, x, y), ...places(xs, lower, x, y).reverse()].join('L')}Z`;
}

const places = (xs: Numbers, ys: Numbers, x: Scale, y: Scale): string[] =>
  Array.from(xs, (value, i) => `${tenth(x(value))} ${tenth(y(ys[i]!))}`);
