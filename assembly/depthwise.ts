import { load, mulAdd, store } from './lanes';

/**
 * The gradient of a depthwise convolution in its filter: out[(i, j), c] = Σ dy[b, p, q, c] · x[b, p', q', c], a sum over the
 * examples and the positions of the output, with p' = p · strideY + i · dilationY − top, q' likewise.
 *
 * Row by row of the output, which with the rows that it sees stays in the first-level cache.
 *
 * @param x [images, height, width, channels]
 * @param dy [images, outHeight, outWidth, channels]
 * @param out [taps, channels]
 */
export function depthwiseFilterGradient(
  x: usize,
  dy: usize,
  out: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  taps: i32,
  tapsAcross: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  top: i32,
  left: i32,
): void {
  const pixel: usize = (<usize>channels) << 2;
  memory.fill(out, 0, <usize>taps * pixel);
  for (let r = 0; r < images * outHeight; r++) {
    for (let tap = 0; tap < taps; tap++) {
      const row = (r % outHeight) * strideY + (tap / tapsAcross) * dilationY - top;
      if (<u32>row >= <u32>height) continue;
      const across = (tap % tapsAcross) * dilationX - left;
      // The first and the last position at which the tap is inside of the image.
      const first = across < 0 ? (strideX - 1 - across) / strideX : 0;
      const end = across < width ? min(outWidth, (width - 1 - across) / strideX + 1) : 0;
      const from = x + <usize>(((r / outHeight) * height + row) * width + first * strideX + across) * pixel;
      const at = dy + <usize>(r * outWidth + first) * pixel;
      for (let c = 0; c < channels; c += 4) {
        const offset = (<usize>c) << 2;
        const to = out + <usize>tap * pixel + offset;
        const rest = channels - c;
        let a = from + offset;
        let d = at + offset;
        let sum = f32x4.splat(0);
        for (let q = first; q < end; q++) {
          sum = mulAdd(load(a, rest), load(d, rest), sum);
          a += <usize>strideX * pixel;
          d += pixel;
        }
        store(to, f32x4.add(load(to, rest), sum), rest);
      }
    }
  }
}
