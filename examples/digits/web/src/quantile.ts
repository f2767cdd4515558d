/** Empirical quantiles, between the two neighbouring values (Hyndman & Fan 1996, type 7); NaN of no values. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] === undefined
    ? NaN
    : sorted[below] + (place - below) * (sorted[above]! - sorted[below]);
}
