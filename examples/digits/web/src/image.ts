/** A digit as the nets take it: 28 × 28 numbers from 0 (paper) to 1 (ink), row by row from the top left. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

export type Image = Float32Array;

/** The image as ink of growing opacity, for a canvas of 28 × 28; what colour ink has, the style sheet says. */
export function inkOf(image: Image): ImageData {
  const data = new ImageData(SIDE, SIDE);
  image.forEach((ink, i) => (data.data[4 * i + 3] = Math.round(255 * ink)));
  return data;
}
