/**
 * Published test log likelihoods (nats, mean over the splits) and RMSEs, nets of 50 relu units:
 *
 * - VI (Graves 2011) and PBP: Hernández-Lobato & Adams 2015, arXiv:1502.05336, tables 1 and 2
 * - MC dropout: Mukhoti, Stenetorp & Gal 2018, arXiv:1811.09385, trained to convergence; its RMSE is that of Gal &
 *   Ghahramani 2016, arXiv:1506.02142, table 1
 * - DVI: deterministic variational inference, predicted noise, Wu et al. 2019, arXiv:1810.03958, table 1
 */
export interface Published {
  name: RegExp;
  logLikelihood: Partial<Record<'VI' | 'PBP' | 'MC dropout' | 'DVI', number>>;
  rmse: Partial<Record<'VI' | 'PBP' | 'MC dropout', number>>;
}

const row = (
  name: RegExp,
  [vi, pbp, dropout, dvi]: number[],
  [viRmse, pbpRmse, dropoutRmse]: number[],
): Published => ({
  name,
  logLikelihood: { VI: vi!, PBP: pbp!, 'MC dropout': dropout!, DVI: dvi! },
  rmse: { VI: viRmse!, PBP: pbpRmse!, 'MC dropout': dropoutRmse! },
});

const PUBLISHED = [
  row(/^boston/i, [-2.9, -2.57, -2.4, -2.41], [4.32, 3.01, 2.97]),
  row(/^concrete/i, [-3.39, -3.16, -2.93, -3.06], [7.19, 5.67, 5.23]),
  row(/^energy/i, [-2.39, -2.04, -1.21, -1.01], [2.65, 1.8, 1.66]),
  row(/^kin8nm/i, [0.9, 0.9, 1.14, 1.13], [0.1, 0.1, 0.1]),
  row(/^naval/i, [3.73, 3.73, 4.45, 6.29], [0.01, 0.01, 0.01]),
  row(/^(power|combined)/i, [-2.89, -2.84, -2.8, -2.8], [4.33, 4.12, 4.02]),
  row(/^wine/i, [-0.98, -0.97, -0.93, -0.9], [0.65, 0.64, 0.62]),
  row(/^yacht/i, [-3.43, -1.63, -1.25, -0.47], [6.89, 1.02, 1.11]),
];

export const publishedOf = (set: string): Published | undefined =>
  PUBLISHED.find(({ name }) => name.test(set));

/** As published, of the two large sets. */
export const isLarge = (set: string): boolean => /^(protein|year)/i.test(set);
