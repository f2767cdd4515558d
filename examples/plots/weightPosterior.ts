/** The weights of each layer under the posterior, and their means. */
import * as Plot from '@observablehq/plot';
import { BLUE, FAINT, INK, svgOf, type Size } from './svg';

export interface WeightRow {
  lower: number;
  upper: number;
  weights: number;
  means: number;
}

/** @param layers by name, each `await tableRows(weightHistogram(…))`. */
export function weightPosterior(layers: Record<string, WeightRow[]>, size: Size = {}): string {
  const names = Object.keys(layers);
  const { width = 560, height = 70 + 130 * names.length } = size;
  // As densities: bins of layers differ in width.
  const rows = Object.entries(layers).flatMap(([layer, bins]) =>
    bins.map(({ lower, upper, weights, means }) => ({
      layer,
      lower,
      upper,
      weights: weights / (upper - lower),
      means: means / (upper - lower),
    })),
  );
  return svgOf('Weights under the posterior (filled), their means (line)', {
    width,
    height,
    marginRight: 110,
    x: { label: 'weight' },
    y: { label: 'density', ticks: 3, grid: true },
    fy: { domain: names, label: null },
    marks: [
      Plot.rectY(rows, {
        fy: 'layer',
        x1: 'lower',
        x2: 'upper',
        y: 'weights',
        fill: BLUE,
        fillOpacity: 0.35,
      }),
      Plot.lineY(rows, {
        fy: 'layer',
        x: (d: (typeof rows)[number]) => (d.lower + d.upper) / 2,
        y: 'means',
        stroke: INK,
        strokeWidth: 1.2,
        curve: 'step',
      }),
      Plot.ruleX([0], { stroke: FAINT, strokeDasharray: '3 3' }),
      Plot.ruleY([0]),
    ],
  });
}
