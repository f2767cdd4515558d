/**
 * What the posterior of one layer looks like, in numbers: pure arithmetic on its weights.
 *
 * For one weight, posterior Normal(m, s²) and prior Normal(m₀, p²): the signal-to-noise ratio |m|/s (Blundell et al. 2015,
 * arXiv:1505.05424, section 5.1), and KL = ½ [ ((m − m₀)/p)² + (s/p)² − 1 − ln (s/p)² ] nats.
 */

export interface PosteriorStatistics {
  /** Number of weights. */
  weights: number;
  /** Nats per weight: near 0 the data have taught the layer nothing. */
  klPerWeight: number;
  /** Quantiles of |mean| / stddev over the weights. */
  signalToNoise: { q05: number; q25: number; q50: number; q75: number; q95: number };
  /** Share of the weights within 0.05 nats of their prior. */
  atPrior: number;
  /** Units whose incoming weights are at the prior: they are switched off. Undefined where the weights have none. */
  units: { off: number; of: number } | undefined;
  /** Share of the weights whose stddev is too small for any number of data to have told: next to deterministic. */
  collapsed: number;
  /**
   * Of the weights that left the prior, the prior's stddev over the root mean square of the weights under the posterior;
   * 1 is the prior with the least KL. NaN if none has left it.
   */
  priorWidth: number;
}

const AT_PRIOR = 0.05;

/** What the stddevs are judged by. */
export interface Judging {
  /** The last axis of so many weights from the first on are units; none where 0. */
  unitsLast: { weights: number; units: number };
  /** A stddev below this part of the prior's is collapsed. */
  collapsedBelow: number;
}

type Numbers = ArrayLike<number>;

/** From means, stddevs, the prior's stddevs and its means, number by number. */
export function posteriorStatistics(
  m: Numbers,
  s: Numbers,
  p: Numbers,
  m0: Numbers,
  { unitsLast, collapsedBelow }: Judging,
): PosteriorStatistics {
  const weights = m.length;
  const ratios = new Float64Array(weights);
  const ofUnits = new Float64Array(unitsLast.units);
  let [kl, atPrior, collapsed, spread, away] = [0, 0, 0, 0, 0];
  for (let i = 0; i < weights; i++) {
    const [mean, scale] = [(m[i]! - m0[i]!) / p[i]!, s[i]! / p[i]!];
    const klOfWeight = 0.5 * (mean ** 2 + scale ** 2 - 1) - Math.log(scale);
    kl += klOfWeight;
    ratios[i] = Math.abs(m[i]!) / s[i]!;
    if (scale < collapsedBelow) collapsed++;
    if (i < unitsLast.weights) ofUnits[i % unitsLast.units]! += klOfWeight;
    if (klOfWeight < AT_PRIOR) atPrior++;
    else {
      away++;
      spread += mean ** 2 + scale ** 2;
    }
  }
  ratios.sort();
  const quantile = (q: number): number => ratios[Math.round(q * (weights - 1))]!;
  return {
    weights,
    klPerWeight: kl / weights,
    signalToNoise: {
      ...{ q05: quantile(0.05), q25: quantile(0.25), q50: quantile(0.5) },
      ...{ q75: quantile(0.75), q95: quantile(0.95) },
    },
    atPrior: atPrior / weights,
    units: unitsLast.units === 0 ? undefined : switchedOff(ofUnits, unitsLast.weights / unitsLast.units),
    collapsed: collapsed / weights,
    priorWidth: away === 0 ? NaN : 1 / Math.sqrt(spread / away),
  };
}

/** From the KL of the weights into each unit. */
const switchedOff = (kls: Float64Array, inputs: number): { off: number; of: number } => ({
  off: kls.filter((kl) => kl < AT_PRIOR * inputs).length,
  of: kls.length,
});
