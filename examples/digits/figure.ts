/**
 * The figure: digits with their predictive probabilities, such as the Bayesian net is sure and unsure of.
 *
 * Each card has the pixels, a bar for the mean probability of each class, a line from the 5 % to the 95 % quantile of
 * the draws, and a ring for the probability that the plain net gives.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { BLUE as RIGHT, FAINT, FONT, GREY as OTHER, INK, ORANGE as PLAIN } from '../plots/svg';
import { CLASSES, SIDE } from './data';

export interface Card {
  /** What is written above, e.g. "a 4" or "a 4, turned". */
  title: string;
  /** From 0 to 1, [784]. */
  pixels: ArrayLike<number>;
  /** The right class; none for what is no digit. */
  label: number | undefined;
  /** Predictive entropy of the Bayesian net, nats. */
  entropy: number;
  /** The draws of the Bayesian net, each [10]. */
  draws: number[][];
  /** What the plain net says, [10]; none where there is no plain net. */
  plain: number[] | undefined;
}

export interface Row {
  title: string;
  cards: Card[];
}

/** Probabilities below it would only clutter the axis. */
const VISIBLE = 0.005;

const CARD = { width: 262, height: 128, digit: 84, gap: 18 };
const MARGIN = 28;
const HEADER = 74;
const ROW = { title: 30, height: CARD.height + 46 };

/** The figure as SVG, text included. */
export function svgFigure(rows: Row[]): string {
  const columns = Math.max(...rows.map(({ cards }) => cards.length));
  const width = 2 * MARGIN + columns * (CARD.width + CARD.gap) - CARD.gap;
  const height = HEADER + rows.length * ROW.height + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" fill="${INK}">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    text(MARGIN, 36, 'What the net makes of a digit', { size: 20, weight: 600 }),
    legend(MARGIN, 58, rows[0]!.cards[0]!.plain !== undefined),
    ...rows.map((row, i) => group(MARGIN, HEADER + i * ROW.height, rowOf(row))),
    '</svg>',
  ].join('\n');
}

function rowOf({ title, cards }: Row): string {
  return [
    text(0, ROW.title - 6, title, { size: 14, weight: 600 }),
    ...cards.map((card, i) => group(i * (CARD.width + CARD.gap), ROW.title, cardOf(card))),
  ].join('\n');
}

function cardOf(card: Card): string {
  return [
    group(0, 22, image(card.pixels)),
    text(0, 14, card.title, { size: 12 }),
    text(CARD.width, 14, `entropy ${card.entropy.toFixed(2)} nats`, {
      size: 11,
      color: FAINT,
      anchor: 'end',
    }),
    group(CARD.digit + 10, 14, bars(card)),
  ].join('\n');
}

/** A rectangle for each pixel with ink: blank paper costs nothing. */
function image(pixels: ArrayLike<number>): string {
  const size = CARD.digit / SIDE;
  const ink = Array.from(pixels, (v, i) => {
    const grey = Math.round(255 * (1 - v));
    if (grey === 255) return '';
    const [x, y] = [(i % SIDE) * size, Math.floor(i / SIDE) * size];
    return `<rect x="${x}" y="${y}" width="${size}" height="${size}" fill="rgb(${grey},${grey},${grey})"/>`;
  });
  const paper = `<rect width="${CARD.digit}" height="${CARD.digit}" fill="white" stroke="#dfe3e8"/>`;
  return `<g shape-rendering="crispEdges">${paper}${ink.join('')}</g>`;
}

function bars({ draws, label, plain }: Card): string {
  const { document } = parseHTML('<html><body></body></html>');
  const classes = Array.from({ length: CLASSES }, (_, digit) => {
    const p = draws.map((draw) => draw[digit]!).sort((a, b) => a - b);
    return {
      digit,
      mean: p.reduce((sum, v) => sum + v, 0) / p.length,
      low: quantile(p, 0.05),
      high: quantile(p, 0.95),
      plain: plain?.[digit],
      color: digit === label ? RIGHT : OTHER,
    };
  });
  const figure = Plot.plot({
    document,
    width: CARD.width - CARD.digit - 10,
    height: CARD.height - 8,
    margin: 0,
    marginBottom: 20,
    marginTop: 10,
    style: { background: 'none', color: INK, fontFamily: FONT, fontSize: '11px' },
    x: { type: 'band', padding: 0.25, label: null, tickSize: 0, tickPadding: 5 },
    y: { domain: [0, 1], axis: null },
    marks: [
      Plot.ruleY([0.5, 1], { stroke: '#eceff3' }),
      Plot.barY(classes, { x: 'digit', y: 'mean', fill: 'color' }),
      Plot.ruleX(
        classes.filter(({ high }) => high >= VISIBLE),
        { x: 'digit', y1: 'low', y2: 'high', stroke: INK, strokeWidth: 1.2 },
      ),
      ...(plain === undefined
        ? []
        : [
            Plot.dot(
              classes.filter((c) => c.plain! >= VISIBLE),
              {
                x: 'digit',
                y: 'plain',
                r: 2.6,
                stroke: PLAIN,
                strokeWidth: 1.4,
                fill: 'white',
              },
            ),
          ]),
      Plot.ruleY([0], { stroke: INK }),
    ],
  });
  // Its rules for web pages, which not every renderer understands.
  figure.querySelector('style')?.remove();
  return figure.outerHTML;
}

function legend(x: number, y: number, plain: boolean): string {
  const entries: Array<[at: number, mark: string, label: string]> = [
    [0, `<rect y="-9" width="9" height="10" fill="${RIGHT}"/>`, 'all layers Bayesian, right class'],
    [226, `<rect y="-9" width="9" height="10" fill="${OTHER}"/>`, 'other classes'],
    [340, `<path d="M4.5,-10V1" stroke="${INK}" stroke-width="1.2"/>`, '5 % to 95 % of its draws'],
  ];
  if (plain)
    entries.push([
      522,
      `<circle cx="4.5" cy="-4" r="2.8" fill="white" stroke="${PLAIN}" stroke-width="1.4"/>`,
      'plain net',
    ]);
  return entries
    .map(([at, mark, label]) => group(x + at, y, mark + text(15, 0, label, { size: 12, color: FAINT })))
    .join('\n');
}

interface TextStyle {
  size: number;
  weight?: number;
  color?: string;
  anchor?: 'start' | 'end';
}

const text = (
  x: number,
  y: number,
  content: string,
  { size, weight = 400, color = INK, anchor = 'start' }: TextStyle,
): string =>
  `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}">${content}</text>`;

const group = (x: number, y: number, content: string): string =>
  `<g transform="translate(${x},${y})">${content}</g>`;

/** Of sorted values, with linear interpolation. */
function quantile(sorted: number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
