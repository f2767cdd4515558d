/** An SVG in pixels, in Node. */
import { Resvg } from '@resvg/resvg-js';

/** Twice as many pixels as the SVG has units. @returns a PNG file */
export function pngOf(svg: string): Uint8Array {
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 } }).render().asPng();
}

/** Are there fonts on this machine? Without any, a PNG has no text. */
export function hasFonts(): boolean {
  return (
    new Resvg('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">0</text></svg>').getBBox() !== undefined
  );
}
