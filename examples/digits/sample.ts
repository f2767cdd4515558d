/** A handful of test digits as JSON, for a page in a browser that has no `mnist`. */
import { CLASSES, SIDE, type Digits } from './data';

export interface DigitSample {
  side: number;
  digits: Array<{
    label: number;
    /** Bytes from 0 (paper) to 255 (ink), row by row, in base64. */ pixels: string;
  }>;
}

/** The first `ofEach` test digits of each class, those of one class together. */
export function sampleOf({ x, labels }: Digits, ofEach = 4): DigitSample {
  const rows = Array.from({ length: CLASSES }, (_, label) =>
    [...labels.keys()].filter((i) => labels[i] === label).slice(0, ofEach),
  ).flat();
  const values = x.dataSync();
  const bytes = (row: number): Uint8Array =>
    Uint8Array.from(values.subarray(row * SIDE * SIDE, (row + 1) * SIDE * SIDE), (v) => Math.round(255 * v));
  return {
    side: SIDE,
    digits: rows.map((row) => ({
      label: labels[row]!,
      pixels: Buffer.from(bytes(row)).toString('base64'),
    })),
  };
}
