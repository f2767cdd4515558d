/** What a net never saw in training: a digit that is turned, printed in negative, or drowned in noise. */
import { randomNumbers } from '../../../random';
import { PIXELS, SIDE, type Image } from './image';

export interface Spoiling {
  /** Degrees, clockwise. */
  rotation: number;
  inverted: boolean;
  /** Share of noise in every pixel, 0 to 1. */
  noise: number;
}

export const UNSPOILT: Readonly<Spoiling> = { rotation: 0, inverted: false, noise: 0 };

export function isSpoilt({ rotation, inverted, noise }: Spoiling): boolean {
  return rotation % 360 !== 0 || inverted || noise > 0;
}

export function spoil(image: Image, { rotation, inverted, noise }: Spoiling): Image {
  const turned = rotate(image, rotation);
  return turned.map((ink, i) => (1 - noise) * (inverted ? 1 - ink : ink) + noise * STATIC[i]!);
}

/**
 * Turned about its middle, clockwise. Every pixel is looked up where it came from, between the four pixels around that
 * place (bilinear).
 */
export function rotate(image: Image, degrees: number): Image {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const middle = (SIDE - 1) / 2;
  const ink = (x: number, y: number): number =>
    x >= 0 && x < SIDE && y >= 0 && y < SIDE ? image[y * SIDE + x]! : 0;
  return Float32Array.from({ length: PIXELS }, (_, i) => {
    const [dx, dy] = [(i % SIDE) - middle, Math.floor(i / SIDE) - middle];
    const [x, y] = [middle + cos * dx + sin * dy, middle - sin * dx + cos * dy];
    const [x0, y0] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [x - x0, y - y0];
    return (
      (1 - v) * ((1 - u) * ink(x0, y0) + u * ink(x0 + 1, y0)) +
      v * ((1 - u) * ink(x0, y0 + 1) + u * ink(x0 + 1, y0 + 1))
    );
  });
}

/** Uniform noise, the same at every prediction: what changes on the page then comes from the picture. */
const STATIC = Float32Array.from({ length: PIXELS }, randomNumbers(1));
