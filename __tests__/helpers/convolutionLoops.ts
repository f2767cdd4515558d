/** A convolution over two axes and its gradients, as loops in double precision. */
import * as tf from '@tensorflow/tfjs';

type Pair = [number, number];
export interface Case {
  /** [batch, height, width, channels] */
  x: [number, number, number, number];
  /** [height, width, outChannels] or, depthwise, [height, width, multiplier] */
  filter: [number, number, number];
  strides?: Pair;
  pad?: 'same' | 'valid' | number | [Pair, Pair];
  dilations?: Pair;
}

/** What TensorFlow.js is told. */
export const padding = ({
  pad = 'valid',
}: Case): 'same' | 'valid' | number | tf.backend_util.ExplicitPadding =>
  Array.isArray(pad) ? [[0, 0], ...pad, [0, 0]] : pad;

/** Numbers between -1 and 1 without a pattern. */
export const numbers = (n: number, seed = 0): number[] =>
  Array.from({ length: n }, (_, i) =>
    Math.fround(Math.sin(12.9898 * (i + 1) + 78.233 * (seed + 1) + 0.1 * i * i)),
  );

/** z = Σ w · x, dw = Σ dz · x and dx = Σ dz · w, over all that meet. */
export function convolutionLoops(
  the: Case,
  depthwise = false,
): Record<'x' | 'w' | 'dz' | 'z' | 'dx' | 'dw', tf.Tensor4D> {
  const { filter, strides = [1, 1], pad = 'valid', dilations = [1, 1] } = the;
  const [batch, height, width, channels] = the.x;
  const axes = [0, 1].map((i) => {
    const [n, s] = [the.x[i + 1]!, strides[i]!];
    const reach = (filter[i]! - 1) * dilations[i]! + 1;
    if (pad === 'same') {
      const out = Math.ceil(n / s);
      return { out, before: Math.floor(Math.max(0, (out - 1) * s + reach - n) / 2) };
    }
    const [before, after] = Array.isArray(pad) ? pad[i]! : pad === 'valid' ? [0, 0] : [pad, pad];
    return { out: Math.floor((before + n + after - reach) / s) + 1, before };
  });
  const [rows, columns] = [axes[0]!.out, axes[1]!.out];
  const groups = depthwise ? filter[2] : 1;
  const outChannels = depthwise ? channels * groups : filter[2];
  const shapes = {
    x: the.x,
    w: [filter[0], filter[1], channels, filter[2]],
    z: [batch, rows, columns, outChannels],
  } as const;
  const x = numbers(tf.util.sizeFromShape([...shapes.x]));
  const w = numbers(tf.util.sizeFromShape([...shapes.w]), 1);
  const dz = numbers(tf.util.sizeFromShape([...shapes.z]), 2);
  const [z, dx, dw] = [dz, x, w].map((like) => new Float64Array(like.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let b = 0; b < batch; b++)
    for (let p = 0; p < rows; p++)
      for (let q = 0; q < columns; q++)
        for (let i = 0; i < filter[0]; i++)
          for (let j = 0; j < filter[1]; j++) {
            const row = p * strides[0] + i * dilations[0] - axes[0]!.before;
            const column = q * strides[1] + j * dilations[1] - axes[1]!.before;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let c = 0; c < channels; c++)
              for (let o = 0; o < filter[2]; o++) {
                const atX = ((b * height + row) * width + column) * channels + c;
                const atW = ((i * filter[1] + j) * channels + c) * filter[2] + o;
                const atZ = ((b * rows + p) * columns + q) * outChannels + (depthwise ? c * groups + o : o);
                z[atZ]! += w[atW]! * x[atX]!;
                dx[atX]! += w[atW]! * dz[atZ]!;
                dw[atW]! += x[atX]! * dz[atZ]!;
              }
          }
  const tensor = (values: ArrayLike<number>, shape: readonly number[]): tf.Tensor4D =>
    tf.tensor4d(Float32Array.from(values), shape as [number, number, number, number]);
  return {
    x: tensor(x, shapes.x),
    w: tensor(w, shapes.w),
    dz: tensor(dz, shapes.z),
    z: tensor(z, shapes.z),
    dx: tensor(dx, shapes.x),
    dw: tensor(dw, shapes.w),
  };
}
