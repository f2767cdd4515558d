/** The formulas of a Gaussian layer in double precision, written as on paper: what float32 results are held against. */

export type Matrix = number[][];

/** What float32 makes of a number: references start from the numbers that the backend was really given. */
export const rounded = (A: Matrix): Matrix => A.map((row) => row.map(Math.fround));

export const matMul = (X: Matrix, A: Matrix): Matrix =>
  X.map((row) => A[0]!.map((_, h) => row.reduce((sum, x, d) => sum + x * A[d]![h]!, 0)));

export const transpose = (A: Matrix): Matrix => A[0]!.map((_, j) => A.map((row) => row[j]!));

/** f of the elements that lie at the same place. */
export const elementwise = (
  f: (...numbers: number[]) => number,
  ...matrices: [Matrix, ...Matrix[]]
): Matrix => matrices[0].map((row, i) => row.map((_, j) => f(...matrices.map((A) => A[i]![j]!))));

const squares = (A: Matrix): Matrix => elementwise((a) => a * a, A);

/** mean = X·A_mean, variance = X²·A_scale². */
export const momentsOf = (
  X: Matrix,
  A_mean: Matrix,
  A_scale: Matrix,
): { mean: Matrix; variance: Matrix } => ({
  mean: matMul(X, A_mean),
  variance: matMul(squares(X), squares(A_scale)),
});

/** ln(s/p), also where s/p is nearly 1. */
export const lnRatioOf = (s: number, p: number): number =>
  Math.abs(s - p) < 0.5 * p ? Math.log1p((s - p) / p) : Math.log(s / p);

/**
 * KL(Normal(m, s²) ‖ Normal(0, p²)) in nats: Kingma & Welling 2014, arXiv:1312.6114, appendix B, with a prior scale.
 *
 * In double precision expm1(u) − u keeps 16 − log10(2/u) digits: 10 of them at u = 2e-6.
 */
export function klOf(m: number, s: number, p: number): number {
  const u = 2 * lnRatioOf(s, p);
  return 0.5 * ((m / p) ** 2 + Math.expm1(u) - u);
}

/** ∂KL/∂s = s/p² − 1/s, without its cancellation. */
export const klSlopeInScale = (s: number, p: number): number => ((s - p) * (s + p)) / (p * p * s);

/** ∂KL/∂p = −(m² + s² − p²)/p³. */
export const klSlopeInPrior = (m: number, s: number, p: number): number =>
  -(m * m + (s - p) * (s + p)) / p ** 3;

/** Numbers that look random, in [−1, 1): x ↦ frac(golden ratio · k²), the same on every machine. */
export const scattered = (rows: number, columns: number, salt = 0): Matrix =>
  rounded(
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (__, j) => {
        const k = 1 + salt * 1009 + i * columns + j;
        return ((k * k * 0.618033988749895) % 1) * 2 - 1;
      }),
    ),
  );
