/** Accuracy on what is kept, over the share that is handed to somebody else. */
import * as Plot from '@observablehq/plot';
import { BLUE, GREY, ORANGE, svgOf, type Size } from './svg';

export interface RejectionRow {
  rejected: number;
  accuracy: number;
}

/** @param curves by name, each `await tableRows(accuracyRejectionCurve(…))`. */
export function accuracyRejection(
  curves: Record<string, RejectionRow[]>,
  { width = 560, height = 380 }: Size = {},
): string {
  const names = Object.keys(curves);
  // The last few per cent are the accuracy of a handful of examples.
  const rows = Object.entries(curves).flatMap(([model, points]) =>
    points.filter(({ rejected }) => rejected <= 0.95).map((point) => ({ ...point, model })),
  );
  const least = rows.reduce((low, { accuracy }) => Math.min(low, accuracy), 1);
  return svgOf('Accuracy without the least certain', {
    width,
    height,
    marginRight: 90,
    x: { domain: [0, 1], label: 'share rejected', tickFormat: '.0%' },
    y: { domain: [Math.floor(10 * least) / 10, 1], label: 'accuracy on the rest', grid: true },
    color: { domain: names, range: [BLUE, ORANGE, GREY] },
    marks: [
      Plot.line(rows, { x: 'rejected', y: 'accuracy', stroke: 'model', strokeWidth: 1.8 }),
      Plot.text(
        rows,
        Plot.selectLast({
          x: 'rejected',
          y: 'accuracy',
          z: 'model',
          text: 'model',
          fill: 'model',
          dx: 6,
          textAnchor: 'start',
        }),
      ),
    ],
  });
}
