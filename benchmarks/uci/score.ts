/** What draws of a Gaussian's mean and stddev say of a test target, all in the unit of the targets. */
export interface Draws {
  /** [draw][row] */
  mean: Array<ArrayLike<number>>;
  stddev: Array<ArrayLike<number>>;
}

export interface Score {
  rmse: number;
  /** Mean log density of the mixture of the draws, nats. */
  logLikelihood: number;
  /** Part of the targets that the central intervals of 50 % and 90 % hold. */
  cover50: number;
  cover90: number;
}

const LN_2PI = Math.log(2 * Math.PI);

export function score({ mean, stddev }: Draws, y: readonly number[]): Score {
  const S = mean.length;
  let [squares, logs, in50, in90] = [0, 0, 0, 0];
  y.forEach((target, row) => {
    const each = mean.map((m, s) => ({
      m: m[row]!,
      sd: stddev[s]![row]!,
      z: (target - m[row]!) / stddev[s]![row]!,
    }));
    const densities = each.map(({ z, sd }) => -0.5 * z * z - Math.log(sd) - 0.5 * LN_2PI);
    const most = Math.max(...densities);
    logs += most + Math.log(densities.reduce((sum, d) => sum + Math.exp(d - most), 0) / S);
    squares += (target - each.reduce((sum, { m }) => sum + m, 0) / S) ** 2;
    // The central interval of 50 % lies between the quantiles of 25 % and 75 %: no bisection is needed.
    const below = each.reduce((sum, { z }) => sum + normalCDF(z), 0) / S;
    if (Math.abs(below - 0.5) <= 0.25) in50++;
    if (Math.abs(below - 0.5) <= 0.45) in90++;
  });
  const N = y.length;
  return { rmse: Math.sqrt(squares / N), logLikelihood: logs / N, cover50: in50 / N, cover90: in90 / N };
}

/** Abramowitz & Stegun 1964, 7.1.26: to 1.5e-7. */
function normalCDF(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp(-x * x);
  return z >= 0 ? 1 - tail / 2 : tail / 2;
}
