/**
 * Linear maps as lists of their products, in double precision: z = Σ x·a. From the list follow the value, all gradients,
 * means, variances and covariances by loops that know nothing of convolutions.
 */
import * as tf from '@tensorflow/tfjs';
import { withBias } from '../../src/maps/bias';
import { convolution } from '../../src/maps/convolution';
import { dense } from '../../src/maps/dense';
import { depthwiseConvolution } from '../../src/maps/depthwiseConvolution';
import { embedding } from '../../src/maps/embedding';
import type { LinearMap } from '../../src/maps/map';
import { transposedConvolution } from '../../src/maps/transposedConvolution';
import type { Window } from '../../src/maps/window';

/** Adds x·a to z: places in the flat values, x = ONE where the weight meets a 1, and which of A it is. */
export type Product = readonly [z: number, x: number, a: number, of: number];
export const ONE = -1;

export interface MapCase {
  name: string;
  map: LinearMap;
  X: number[];
  xShape: number[];
  aShapes: number[][];
  zShape: number[];
  products: Product[];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers between −1 and 1 without a pattern, float32. */
export const numbers = (n: number, salt = 0): number[] =>
  Array.from({ length: n }, (_, i) => Math.fround(Math.sin(12.9898 * (i + 1) + 78.233 * salt + 0.1 * i * i)));

/** Each of A: numbers without a pattern. */
export const weightsOf = ({ aShapes }: MapCase, salt = 1): number[][] =>
  aShapes.map((shape, i) => numbers(sizeOf(shape), salt + 10 * i));

/** Stddevs between 0.2 and 0.8. */
export const stddevsOf = (the: MapCase, salt = 3): number[][] =>
  weightsOf(the, salt).map((a) => a.map((v) => Math.fround(0.5 + 0.3 * v)));

export const tensors = (values: readonly number[][], shapes: readonly number[][]): tf.Tensor[] =>
  values.map((v, i) => tf.tensor(v, shapes[i]));

/** Where the list's x are numbers: an embedding's indices are not. */
const factor = (X: readonly number[], x: number): number => (x === ONE ? 1 : X[x]!);

export function productOf(
  { products, zShape }: MapCase,
  X: readonly number[],
  A: readonly number[][],
): number[] {
  const z = Array<number>(sizeOf(zShape)).fill(0);
  for (const [iz, ix, ia, of] of products) z[iz]! += factor(X, ix) * A[of]![ia]!;
  return z;
}

export function gradientInX(
  { products, X }: MapCase,
  dz: readonly number[],
  A: readonly number[][],
): number[] {
  const dX = X.map(() => 0);
  for (const [iz, ix, ia, of] of products) if (ix !== ONE) dX[ix]! += dz[iz]! * A[of]![ia]!;
  return dX;
}

export function gradientsInA(
  { products, aShapes }: MapCase,
  dz: readonly number[],
  X: readonly number[],
): number[][] {
  const dA = aShapes.map((shape) => Array<number>(sizeOf(shape)).fill(0));
  for (const [iz, ix, ia, of] of products) dA[of]![ia]! += dz[iz]! * factor(X, ix);
  return dA;
}

export const squares = (values: readonly number[]): number[] => values.map((v) => v * v);

/** E z and Var z for X that is known and A of the means M and stddevs S. */
export const momentsOf = (
  the: MapCase,
  M: readonly number[][],
  S: readonly number[][],
): { mean: number[]; variance: number[] } => ({
  mean: productOf(the, the.X, M),
  variance: productOf(the, squares(the.X), S.map(squares)),
});

/** Cov(z_i, z_j) = Σ x x′ s² over the weights that both meet, one A for all. */
export const covarianceOf = (the: MapCase, S: readonly number[][], i: number, j: number): number =>
  [...sharedTerms(the, S, i, j).values()].reduce((sum, c) => sum + c, 0);

/** Σ x x′ s² by the input channel that the weights meet at z_i and z_j, those that meet a 1 together. */
export function sharedTerms(
  { products, X, xShape }: MapCase,
  S: readonly number[][],
  i: number,
  j: number,
): Map<number, number> {
  const metBy = (k: number): Map<string, Product> =>
    new Map(products.filter(([z]) => z === k).map((p) => [`${p[3]} ${p[2]}`, p]));
  const others = metBy(j);
  const sums = new Map<number, number>();
  for (const [key, [, x, a, of]] of metBy(i)) {
    const other = others.get(key);
    if (other === undefined) continue;
    const channel = x === ONE ? ONE : x % xShape.at(-1)!;
    const term = factor(X, x) * factor(X, other[1]) * S[of]![a]! ** 2;
    sums.set(channel, (sums.get(channel) ?? 0) + term);
  }
  return sums;
}

/** The same with a bias. */
export function biased(the: MapCase): MapCase {
  const channels = the.zShape.at(-1)!;
  const of = the.aShapes.length;
  const offsets = Array.from({ length: sizeOf(the.zShape) }, (_, z) => [z, ONE, z % channels, of] as const);
  return {
    ...the,
    name: `${the.name}, bias`,
    map: withBias(the.map),
    aShapes: [...the.aShapes, [channels]],
    products: [...the.products, ...offsets],
  };
}

export function denseCase(lead: number[], D: number, H: number): MapCase {
  const rows = sizeOf(lead);
  const products = places([rows, D, H]).map(
    ([b, d, h]) => [b! * H + h!, b! * D + d!, d! * H + h!, 0] as const,
  );
  return {
    ...{ name: `dense [${[...lead, D].join(', ')}] → ${H}`, map: dense, X: numbers(rows * D) },
    ...{ xShape: [...lead, D], aShapes: [[D, H]], zShape: [...lead, H], products },
  };
}

export function embeddingCase(indices: number[], xShape: number[], V: number, H: number): MapCase {
  const products = indices.flatMap((v, i) =>
    Array.from({ length: H }, (_, h) => [i * H + h, ONE, v * H + h, 0] as const),
  );
  return {
    ...{ name: `embedding [${xShape.join(', ')}] of ${V}`, map: embedding, X: indices },
    ...{ xShape, aShapes: [[V, H]], zShape: [...xShape, H], products },
  };
}

export type Geometry = Partial<Window> & {
  batch: number;
  /** Lengths of the axes of X, and of the filter. */
  axes: number[];
  sizes: number[];
  input: number;
  /** Output channels; depthwise, for each input channel. */
  output: number;
};

export function convolutionCase(g: Geometry): MapCase {
  const { window, lengths, meets } = laid(g);
  const { batch, axes, sizes, input: I, output: O } = g;
  const products = places([batch, ...lengths, ...sizes]).flatMap(([b, ...rest]) => {
    const [p, k] = [rest.slice(0, axes.length), rest.slice(axes.length)];
    const at = meets(p, k);
    if (at === undefined) return [];
    return places([I, O]).map(([i, o]) => {
      const z = flat([b!, ...p, o!], [batch, ...lengths, O]);
      return [
        z,
        flat([b!, ...at, i!], [batch, ...axes, I]),
        flat([...k, i!, o!], [...sizes, I, O]),
        0,
      ] as const;
    });
  });
  return {
    ...{ name: `convolution ${said(g)}`, map: convolution(window), X: numbers(batch * sizeOf(axes) * I) },
    ...{ xShape: [batch, ...axes, I], aShapes: [[...sizes, I, O]], zShape: [batch, ...lengths, O], products },
  };
}

export function depthwiseCase(g: Geometry): MapCase {
  const { window } = laid(g);
  const { batch, axes, sizes, input: C, output: m } = g;
  const single = convolutionCase({ ...g, input: 1, output: 1 });
  const [positions, cells] = [single.X.length, sizeOf(single.zShape)];
  const products = places([C, m]).flatMap(([c, j]) =>
    single.products.map(
      ([z, x, a]) => [z * C * m + c! * m + j!, x * C + c!, (a * C + c!) * m + j!, 0] as const,
    ),
  );
  if (positions * C !== batch * sizeOf(axes) * C || cells === 0) throw new Error('Nothing meets.');
  return {
    ...{ name: `depthwise ${said(g)}`, map: depthwiseConvolution(window), X: numbers(positions * C) },
    ...{ xShape: [batch, ...axes, C], aShapes: [[...sizes, C, m]], products },
    zShape: [...single.zShape.slice(0, -1), C * m],
  };
}

/** The convolution from z to x, read from right to left. */
export function transposedCase(g: Geometry): MapCase {
  const { strides = g.axes.map(() => 1), padding = 'valid' } = g;
  const lengths = g.axes.map((n, i) => n * strides[i]! + (padding === 'valid' ? Math.max(g.sizes[i]! - strides[i]!, 0) : 0)); // prettier-ignore
  const back = convolutionCase({ ...g, axes: lengths, input: g.output, output: g.input });
  if (back.zShape.slice(1, -1).join() !== g.axes.join()) throw new Error('The lengths do not fit.');
  return {
    ...{ name: `transposed ${said(g)}`, map: transposedConvolution({ strides, padding }) },
    ...{ X: numbers(sizeOf(back.zShape)), xShape: back.zShape, zShape: back.xShape, aShapes: back.aShapes },
    products: back.products.map(([z, x, a]) => [x, z, a, 0] as const),
  };
}

const said = ({ axes, sizes, strides = [], dilations = [], padding = 'valid' }: Geometry): string =>
  [`[${axes.join(', ')}] by [${sizes.join(', ')}]`, padding, `strides ${strides.join(' ') || 1}`, `dilations ${dilations.join(' ') || 1}`].join(', '); // prettier-ignore

/** The lengths of the output, and the place that cell k of the filter meets at output p. */
function laid(g: Geometry): {
  window: Window;
  lengths: number[];
  meets: (p: number[], k: number[]) => number[] | undefined;
} {
  const { axes, sizes, padding = 'valid' } = g;
  const { strides = axes.map(() => 1), dilations = axes.map(() => 1) } = g;
  const along = axes.map((n, i) => {
    const reach = (sizes[i]! - 1) * dilations[i]! + 1;
    if (padding === 'valid') return { length: Math.floor((n - reach) / strides[i]!) + 1, before: 0 };
    const length = Math.ceil(n / strides[i]!);
    return { length, before: Math.floor(Math.max(0, (length - 1) * strides[i]! + reach - n) / 2) };
  });
  return {
    window: { strides, padding, dilations },
    lengths: along.map(({ length }) => length),
    meets(p, k) {
      const at = axes.map((_, i) => p[i]! * strides[i]! + k[i]! * dilations[i]! - along[i]!.before);
      return at.every((v, i) => v >= 0 && v < axes[i]!) ? at : undefined;
    },
  };
}

/** All places of a tensor of that shape, in their order. */
const places = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>(
    (all, n) => all.flatMap((p) => Array.from({ length: n }, (_, i) => [...p, i])),
    [[]],
  );

const flat = (place: readonly number[], shape: readonly number[]): number =>
  place.reduce((at, i, axis) => at * shape[axis]! + i, 0);
