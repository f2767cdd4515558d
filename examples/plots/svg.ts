/**
 * Figures through Observable Plot, as text of an SVG, in Node and in a browser; and the same in pixels, in Node.
 *
 * The package gives the numbers as plain rows (`tableRows`) and knows no plotting library: how a figure looks is its
 * owner's choice, and a library that draws would tie it to one version of another. So the figures live here, to be
 * copied.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export const INK = '#20242c';
export const FAINT = '#868e99';
export const BLUE = '#2f6fde';
export const ORANGE = '#e0752d';
export const GREY = '#b9c2cf';
// Without quotes: resvg reads a list with them as one name.
export const FONT = 'Inter, Helvetica Neue, Arial, Liberation Sans, DejaVu Sans, Noto Sans, sans-serif';

export interface Size {
  width?: number;
  height?: number;
}

/** What is written under the title, in its colour. */
export type Legend = ReadonlyArray<readonly [label: string, color: string]>;

/** A plot as an SVG file, on white, with its title and legend above. */
export function svgOf(title: string, options: Plot.PlotOptions, legend: Legend = []): string {
  // A browser has a document, Node has not.
  const document = globalThis.document ?? parseHTML('<html><body></body></html>').document;
  const { width = 640, height = 400 } = options;
  const figure = Plot.plot({
    marginTop: legend.length > 0 ? 62 : 44,
    marginLeft: 56,
    marginRight: 20,
    marginBottom: 42,
    document,
    style: { background: 'white', color: INK, fontFamily: FONT, fontSize: '12px' },
    ...options,
    // In the middle: above the axis is the title.
    y: { labelAnchor: 'center', ...options.y },
    width,
    height,
  });
  // Its rules for web pages, which not every renderer understands.
  figure.querySelector('style')?.remove();
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const ground = `<rect width="${width}" height="${height}" fill="white"></rect>`;
  const heading = `<text x="14" y="22" text-anchor="start" font-size="15" font-weight="600" fill="${INK}">${escaped(title)}</text>`;
  const spans = legend.map(([label, color]) => `<tspan fill="${color}" dx="10">■</tspan> ${escaped(label)} `);
  const key = `<text x="4" y="41" text-anchor="start" font-size="12" fill="${INK}">${spans.join('')}</text>`;
  return figure.outerHTML.replace('>', () => `>${ground}${heading}${key}`);
}

const escaped = (text: string): string => text.replace(/[&<]/g, (c) => (c === '&' ? '&amp;' : '&lt;'));
