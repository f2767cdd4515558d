/** What is learned, and by which net: all that decides the posterior, and nothing of how it is shown. */

export const MODES = ['regression', 'classification'] as const;
export type Mode = (typeof MODES)[number];

/** 0 or 1 in a classification; a regression has but one kind of point, 0. */
export type Label = 0 | 1;

export interface Point {
  x: number;
  /** In a regression the target, in a classification the second feature. */
  y: number;
  label: Label;
}

/** What each option may be; the first view has INITIAL_OPTIONS. */
export const CHOICES = {
  /** Which layers have a posterior: all, the last alone, or none. */
  layers: ['all', 'last', 'plain'],
  estimator: ['local', 'flipout', 'weightSpace'],
  /** Units of each hidden layer. */
  units: [4, 8, 16, 24, 32, 48],
  /** Stddev of the prior, as a multiple of the page's own: see `nets.ts`. */
  prior: [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3],
  /** T: the loss is NLL + T · KL. */
  klWeight: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  /** Stddev of the noise in a regression: a number that is known, or learned with the net. */
  noise: ['learned', 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8],
} as const;

export type OptionName = keyof typeof CHOICES;
export type Options = { [Name in OptionName]: (typeof CHOICES)[Name][number] };

export const INITIAL_OPTIONS: Readonly<Options> = {
  layers: 'last',
  estimator: 'local',
  units: 24,
  prior: 1,
  klWeight: 1,
  noise: 'learned',
};

export interface Problem {
  mode: Mode;
  points: readonly Point[];
  options: Options;
  /** Decides the initial weights and all noise: the same problem is always learned in the same way. */
  seed: number;
}

export const MAX_POINTS = 150;
export const MAX_SEED = 9999;

/** The plane that is shown; points lie in it. Data of this size suit priors and learning rates without scaling. */
export const PLANE = {
  regression: { x: [-4, 4], y: [-3, 3] },
  classification: { x: [-3, 3], y: [-3, 3] },
} as const;

/** The nearest place in the plane, in hundredths: what a link holds is then what was learned from. */
export function placed(mode: Mode, { x, y, label }: Point): Point {
  const { x: xs, y: ys } = PLANE[mode];
  const within = (value: number, [low, high]: readonly [number, number]): number =>
    // Without the negative zero, which a link does not hold.
    Math.round(100 * Math.min(high, Math.max(low, value))) / 100 + 0;
  return { x: within(x, xs), y: within(y, ys), label: mode === 'regression' ? 0 : label };
}
