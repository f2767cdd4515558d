/**
 * From ink to an image as in MNIST (LeCun, Cortes, Burges 1998): the digit is scaled, its proportions kept, to fit into
 * a box of 20 × 20, and put into 28 × 28 with its centre of mass in the middle.
 *
 *     out = Y · ink · Xᵀ        X, Y: how much of each pixel of the ink lies in each pixel of the image
 */
import { SIDE, type Image } from './image';

const BOX = 20;
/** Below this share of full ink a pixel is paper: the edges of antialiased strokes do not widen the box. */
const PAPER = 0.1;

/** Ink from 0 to 1, row by row. */
export interface Ink {
  values: Float32Array;
  width: number;
}

/** @returns undefined where there is no ink. */
export function mnistImage(ink: Ink): Image | undefined {
  const box = boundsOf(ink);
  if (box === undefined) return undefined;
  const scale = BOX / Math.max(box.right - box.left, box.bottom - box.top);
  const centre = centreOfMass(ink, box);
  const columns = shares(box.left, box.right, scale, SIDE / 2 - scale * centre.x);
  const rows = shares(box.top, box.bottom, scale, SIDE / 2 - scale * centre.y);
  const image = new Float32Array(SIDE * SIDE);
  for (const row of rows)
    for (const column of columns)
      image[row.to * SIDE + column.to]! +=
        row.share * column.share * ink.values[row.from * ink.width + column.from]!;
  return image.map((value) => Math.min(1, value));
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function boundsOf({ values, width }: Ink): Box | undefined {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < PAPER) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  }
  return box.left < box.right ? box : undefined;
}

/** Of the ink in the box; pixel (0, 0) has its middle at (½, ½). */
function centreOfMass({ values, width }: Ink, box: Box): { x: number; y: number } {
  let [mass, x, y] = [0, 0, 0];
  for (let row = box.top; row < box.bottom; row++)
    for (let column = box.left; column < box.right; column++) {
      const ink = values[row * width + column]!;
      mass += ink;
      x += ink * (column + 0.5);
      y += ink * (row + 0.5);
    }
  return { x: x / mass, y: y / mass };
}

/** Along one axis: pixel `from` of the ink covers `share` of pixel `to` of the image. */
interface Share {
  from: number;
  to: number;
  share: number;
}

/** Pixel i of the ink becomes the stretch from scale · i + shift to scale · (i + 1) + shift. */
function shares(start: number, end: number, scale: number, shift: number): Share[] {
  const found: Share[] = [];
  for (let from = start; from < end; from++) {
    const [low, high] = [scale * from + shift, scale * (from + 1) + shift];
    for (let to = Math.max(0, Math.floor(low)); to < Math.min(SIDE, high); to++) {
      const share = Math.min(high, to + 1) - Math.max(low, to);
      if (share > 0) found.push({ from, to, share });
    }
  }
  return found;
}
