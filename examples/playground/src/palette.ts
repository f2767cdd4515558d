/** The colours of the maps, out of the style sheet: they are others in the dark, and where the system sets its own. */
import type { MapName } from './state';

export type Colour = readonly [red: number, green: number, blue: number];

/** From the least to the most. */
const STOPS: Record<MapName, readonly string[]> = {
  class: ['--class-a', '--map-none', '--class-b'],
  total: ['--map-none', '--total'],
  epistemic: ['--map-none', '--map-epistemic'],
  aleatoric: ['--map-none', '--map-aleatoric'],
};

const SHADES = 64;
const known = new Map<MapName, Colour[]>();
const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;

/** Other colours may hold from now on. */
export function forgetColours(): void {
  known.clear();
}

export function rampOf(map: MapName): readonly Colour[] {
  let ramp = known.get(map);
  if (ramp === undefined) {
    const stops = STOPS[map].map(colourOf);
    ramp = Array.from({ length: SHADES }, (_, i) => between(stops, i / (SHADES - 1)));
    known.set(map, ramp);
  }
  return ramp;
}

export const cssColour = ([r, g, b]: Colour): string =>
  `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;

function between(stops: readonly Colour[], part: number): Colour {
  const at = part * (stops.length - 1);
  const first = Math.min(Math.floor(at), stops.length - 2);
  const [from, to] = [stops[first]!, stops[first + 1]!];
  return [0, 1, 2].map((i) => from[i]! + (at - first) * (to[i]! - from[i]!)) as unknown as Colour;
}

/** What a variable of the style sheet looks like here and now. */
function colourOf(variable: string): Colour {
  const one = document.createElement('span');
  one.style.color = `var(${variable})`;
  one.style.forcedColorAdjust = 'none';
  document.body.append(one);
  probe.fillStyle = getComputedStyle(one).color;
  one.remove();
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return [r!, g!, b!];
}
