/** A regression: the data, the predictive mean, the interval of the noise and of both, and some of the functions drawn. */
import * as Plot from '@observablehq/plot';
import { BLUE, FAINT, INK, ORANGE, svgOf, type Legend, type Size } from './svg';

export interface BandRow {
  x: number;
  mean: number;
  /** Ends of the interval that should hold a target. */
  lower: number;
  upper: number;
  /** Ends of the interval of the mean alone: how unsure the model is of itself. */
  meanLower: number;
  meanUpper: number;
}

export interface Point {
  x: number;
  y: number;
  /** Trained on, or held out. */
  heldOut: boolean;
}

export interface BandFigure extends Size {
  title: string;
  xLabel: string;
  yLabel: string;
  /** Of x, for what is written in the figure. */
  xUnit?: string;
  band: BandRow[];
  points: Point[];
  /** Functions drawn from the posterior. */
  draws?: Array<{ x: number; y: number; draw: number }>;
  /** The ends of what was trained on. */
  trainedOn: [number, number];
  /** The same prediction of something else, as a line of its mean and ends. */
  other?: { name: string; band: Array<Pick<BandRow, 'x' | 'mean' | 'lower' | 'upper'>> };
}

export function predictiveBand(figure: BandFigure): string {
  const { title, xLabel, yLabel, xUnit, band, points, draws = [], trainedOn, other } = figure;
  const { width = 820, height = 460 } = figure;
  const range = `trained on ${[trainedOn.join(' to '), xUnit].filter(Boolean).join(' ')}`;
  const dashed = { stroke: ORANGE, strokeWidth: 1.2, strokeDasharray: '5 3' };
  const legend: Legend = [
    ['90 % interval of a target', '#d9e4f9'],
    ['90 % interval of its mean, some draws', '#9dbcf0'],
    ['trained on', FAINT],
    ['held out', INK],
    ...(other === undefined ? [] : [[other.name, ORANGE] as const]),
  ];
  return svgOf(
    title,
    {
      width,
      height,
      x: { label: xLabel, tickFormat: (x: number) => String(x) },
      y: { label: yLabel, grid: true },
      marks: [
        Plot.areaY(band, { x: 'x', y1: 'lower', y2: 'upper', fill: BLUE, fillOpacity: 0.16 }),
        Plot.areaY(band, { x: 'x', y1: 'meanLower', y2: 'meanUpper', fill: BLUE, fillOpacity: 0.24 }),
        ...(other === undefined
          ? []
          : [
              Plot.lineY(other.band, { x: 'x', y: 'lower', ...dashed }),
              Plot.lineY(other.band, { x: 'x', y: 'upper', ...dashed }),
            ]),
        Plot.line(draws, { x: 'x', y: 'y', z: 'draw', stroke: BLUE, strokeOpacity: 0.35, strokeWidth: 0.8 }),
        Plot.lineY(band, { x: 'x', y: 'mean', stroke: BLUE, strokeWidth: 2 }),
        Plot.dot(points, { x: 'x', y: 'y', r: 1.6, fill: (d: Point) => (d.heldOut ? INK : FAINT) }),
        Plot.ruleX(trainedOn, { stroke: FAINT, strokeDasharray: '2 3' }),
        // Between its ends and above the data, with room between it and the frame.
        Plot.text([range], {
          x: (trainedOn[0] + trainedOn[1]) / 2,
          frameAnchor: 'top',
          dy: 6,
          text: (label: string) => label,
          fill: INK,
          stroke: 'white',
          strokeWidth: 4,
        }),
      ],
    },
    legend,
  );
}
