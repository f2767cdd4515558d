/**
 * ∂f/∂A by central differences in double precision: an opinion on a gradient that knows no calculus.
 *
 * With a step of 1e-5 the error is of the order of 1e-10 · f‴ (the cut series) and 1e-11 · f (rounding).
 */
import type { Matrix } from './closedForms';

export function finiteDifferences(f: (A: Matrix) => number, A: Matrix, step = 1e-5): Matrix {
  const moved = (i: number, j: number, by: number): Matrix =>
    A.map((row, k) => row.map((a, l) => (k === i && l === j ? a + by : a)));
  return A.map((row, i) => row.map((_, j) => (f(moved(i, j, step)) - f(moved(i, j, -step))) / (2 * step)));
}
