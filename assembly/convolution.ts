import { tile } from './product';

/**
 * The gradient of a convolution in its filter, transposed: out[o, (i, j, c)] = Σ dy[b, p, q, o] · x[b, p', q', c], a sum
 * over the examples and the positions of the output, with p' = p · strideY + i · dilationY − top, q' likewise.
 *
 * A product of matrices, dyᵀ · patches, of which the patches are made only for `DEPTH` positions and eight columns (i, j, c)
 * at a time, where the product wants them side by side.
 *
 * @param x [images, height, width, channels]
 * @param dy [images, outHeight, outWidth, outChannels]
 * @param out [outChannels, taps · channels]
 * @param panel room for 8 · DEPTH numbers
 */
export function filterGradient(
  x: usize,
  dy: usize,
  out: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  taps: i32,
  tapsAcross: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  top: i32,
  left: i32,
  panel: usize,
): void {
  const positions = images * outHeight * outWidth;
  const columns = taps * channels;
  // Four channels of one tap lie side by side.
  const together = (channels & 3) == 0;
  const pixel: usize = (<usize>channels) << 2;
  // A batch without rows.
  if (positions == 0) memory.fill(out, 0, (<usize>outChannels * columns) << 2);
  for (let start = 0; start < positions; start += DEPTH) {
    const depth = min(positions - start, DEPTH);
    const firstRow = start / outWidth;
    for (let column = 0; column < columns; column += 8) {
      const count = min(columns - column, 8);
      for (let k = 0; k < count; k += together ? 4 : 1) {
        const tap = (column + k) / channels;
        const down = (tap / tapsAcross) * dilationY - top;
        const across = (tap % tapsAcross) * dilationX - left;
        const channel = x + ((<usize>((column + k) % channels)) << 2);
        let to = panel + ((<usize>k) << 2);
        let image = firstRow / outHeight;
        let p = firstRow % outHeight;
        let q = start % outWidth;
        for (let rest = depth; rest > 0;) {
          const row = p * strideY + down;
          // What lies outside of the image is 0.
          const end = <u32>row < <u32>height ? width : 0;
          let at = q * strideX + across;
          let from = channel + <usize>((image * height + row) * width + at) * pixel;
          const run = min(outWidth - q, rest);
          rest -= run;
          for (const stop = to + ((<usize>run) << 5); to < stop; to += 32) {
            const inside = <u32>at < <u32>end;
            if (together) v128.store(to, inside ? v128.load(from) : f32x4.splat(0));
            else f32.store(to, inside ? f32.load(from) : 0);
            at += strideX;
            from += <usize>strideX * pixel;
          }
          q = 0;
          if (++p == outHeight) {
            p = 0;
            image++;
          }
        }
      }
      for (let o = 0; o < outChannels; o += 4)
        tile(
          dy + ((<usize>(start * outChannels + o)) << 2),
          4,
          (<usize>outChannels) << 2,
          min(outChannels - o, 4),
          panel,
          depth,
          out + ((<usize>(o * columns + column)) << 2),
          (<usize>columns) << 2,
          count,
          start > 0,
          0,
        );
    }
  }
}

/** Positions that are taken at once: four numbers of dy at each, a cache line apart, and the panel fit the first-level cache. */
const DEPTH: i32 = 256;
