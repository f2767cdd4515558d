/**
 * P(X ≤ k) for X ~ Binomial(n, p), in double precision: a sum of terms that each follow from the one behind it,
 *
 *     t_k = n!/(k! (n − k)!) p^k (1 − p)^(n − k),     t_(i−1) = t_i · i/(n − i + 1) · (1 − p)/p
 *
 * They fall where k is at most the mean n p; for a greater k it is 1 − P(n − X ≤ n − k − 1), of the same kind.
 */
import { lnGamma } from './lnGamma';

/** @param p above 0 and below 1 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (k > n * p) return 1 - binomialCdf(n - k - 1, n, 1 - p);
  const lnChoose = lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
  // In units of t_k.
  let [term, sum] = [1, 1];
  for (let i = k; i > 0 && term > 1e-17 * sum; i--) {
    term *= (i / (n - i + 1)) * ((1 - p) / p);
    sum += term;
  }
  return Math.min(1, Math.exp(lnChoose + k * Math.log(p) + (n - k) * Math.log1p(-p)) * sum);
}
