/** What the page tells the worker, and what it hears from it. */
import type { Problem } from './problem';

export type Order =
  /** Forget what was learned; learn this, from the start. Views carry the number of the run. */
  | { kind: 'start'; run: number; problem: Problem; playing: boolean }
  | { kind: 'play' }
  | { kind: 'pause' }
  /** So many steps, then pause. */
  | { kind: 'step'; steps: number }
  /** At least so many milliseconds between two views. */
  | { kind: 'pace'; milliseconds: number };

export type Report =
  | { kind: 'view'; run: number; view: View }
  /** What went wrong; without a run, before anything could be learned. */
  | { kind: 'failure'; run: number | undefined; message: string };

export interface View {
  progress: Progress;
  picture: Picture;
}

export interface Progress {
  step: number;
  /** Steps of the whole training; 0 where there is nothing to learn from. */
  steps: number;
  /** nats a point; undefined before the first step. */
  nll: number | undefined;
  /** nats a point; undefined for a plain net. */
  kl: number | undefined;
}

export type Picture = RegressionPicture | ClassificationPicture;

/** Along the x axis; all of one length. */
export interface RegressionPicture {
  mode: 'regression';
  x: Float32Array;
  /** Predictive mean. */
  mean: Float32Array;
  /** Where the curve lies: quantiles of the draws, by level. Of a plain net the mean itself. */
  curve: Record<50 | 90, Band>;
  /** Where a new point would lie, its noise included. */
  target: Record<50 | 90, Band>;
  /** Some of the functions whose mixture this is. */
  draws: Float32Array[];
  /** Stddev over the draws. */
  epistemic: Float32Array;
  /** Stddev of the noise. */
  aleatoric: Float32Array;
}

export interface Band {
  lower: Float32Array;
  upper: Float32Array;
}

/** Over a square grid of `side` × `side` places, the first row on top, from edge to edge of the plane. */
export interface ClassificationPicture {
  mode: 'classification';
  side: number;
  /** Probability of class B. */
  probability: Float32Array;
  /** Entropies, nats. */
  total: Float32Array;
  epistemic: Float32Array;
  aleatoric: Float32Array;
  /** Probabilities of class B by single draws. */
  draws: Float32Array[];
}
