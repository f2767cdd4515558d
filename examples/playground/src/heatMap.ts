/** A map in colours, with soft edges between the places of its grid. */
import { rampOf } from './palette';
import type { ClassificationPicture } from './protocol';
import type { MapName } from './state';

/** Where the colours end: ln 2 nats is the entropy of two classes that are equally likely. */
export const TOP: Record<MapName, number> = {
  class: 1,
  total: Math.LN2,
  aleatoric: Math.LN2,
  epistemic: Math.LN2,
};

export function drawMap(canvas: HTMLCanvasElement, picture: ClassificationPicture, map: MapName): void {
  const { side } = picture;
  const values = map === 'class' ? picture.probability : picture[map];
  const ramp = rampOf(map);
  const image = new ImageData(side, side);
  for (let i = 0; i < values.length; i++) {
    const at = Math.round((ramp.length - 1) * Math.min(1, Math.max(0, values[i]! / TOP[map])));
    const [r, g, b] = ramp[at]!;
    image.data.set([r, g, b, 255], 4 * i);
  }
  small.width = small.height = side;
  small.getContext('2d')!.putImageData(image, 0, 0);
  canvas.width = canvas.height = 480;
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  // The places of the grid go from edge to edge: half a pixel of each side lies outside.
  context.drawImage(small, 0.5, 0.5, side - 1, side - 1, 0, 0, canvas.width, canvas.height);
}

const small = document.createElement('canvas');
