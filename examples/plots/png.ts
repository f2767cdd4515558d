/** An SVG in pixels, in Node. */
import { Resvg } from '@resvg/resvg-js';

/** Twice as many pixels as the SVG has units. @returns a PNG file */
export function pngOf(svg: string): Uint8Array {
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 } }).render().asPng();
}
