/** Accuracy over confidence: the diagonal is a model that holds what it promises, below it one that is too sure. */
import * as Plot from '@observablehq/plot';
import { BLUE, FAINT, INK, svgOf, type Size } from './svg';

export interface ReliabilityRow {
  lower: number;
  upper: number;
  count: number;
  confidence: number;
  accuracy: number;
}

/** @param rows `await tableRows(reliabilityTable(…))`; bins without examples are left out. */
export function reliabilityDiagram(rows: ReliabilityRow[], { width = 420, height = 420 }: Size = {}): string {
  const filled = rows
    .filter(({ count }) => count > 0)
    // The accuracy of n examples that are right with probability p is off by a stddev of √(p(1 − p)/n).
    .map((row) => ({ ...row, error: Math.sqrt((row.confidence * (1 - row.confidence)) / row.count) }));
  return svgOf('Reliability diagram', {
    width,
    height,
    x: { domain: [0, 1], label: 'confidence' },
    y: { domain: [0, 1], label: 'accuracy', grid: true },
    marks: [
      Plot.rectY(filled, {
        x1: 'lower',
        x2: 'upper',
        y: 'accuracy',
        fill: BLUE,
        fillOpacity: 0.25,
        inset: 0.5,
      }),
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: FAINT, strokeDasharray: '4 3' },
      ),
      Plot.ruleX(filled, {
        x: 'confidence',
        y1: (d: (typeof filled)[number]) => Math.max(0, d.confidence - 2 * d.error),
        y2: (d: (typeof filled)[number]) => Math.min(1, d.confidence + 2 * d.error),
        stroke: FAINT,
        strokeWidth: 1,
      }),
      Plot.dot(filled, { x: 'confidence', y: 'accuracy', fill: BLUE, r: 3.5 }),
      Plot.text(filled, { x: 'confidence', y: 'accuracy', text: 'count', dy: -9, fill: INK, fontSize: 10 }),
    ],
  });
}
