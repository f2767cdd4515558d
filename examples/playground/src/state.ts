/** What the page knows, in one place: controls write into it, views are told of every change. */
import { DATA_SETS } from './dataSets';
import { INITIAL_OPTIONS, type Label, type Mode, type Options, type Point, type Problem } from './problem';
import type { View } from './protocol';
import { Store as StoreOf } from '../../web/store';

export const MAPS = ['class', 'total', 'epistemic', 'aleatoric'] as const;
/** What the colours of a classification stand for. */
export type MapName = (typeof MAPS)[number];

export const LAYERS_SHOWN = ['curve', 'target', 'draws'] as const;
/** What of a regression is drawn beside the mean: the band of the curve, that of a new point, single draws. */
export type Shown = Record<(typeof LAYERS_SHOWN)[number], boolean>;

/** What a link holds: the same link shows the same page, and learns the same posterior. */
export interface Shared {
  mode: Mode;
  points: Readonly<Record<Mode, readonly Point[]>>;
  options: Options;
  seed: number;
  map: MapName;
  shown: Shown;
}

export interface State extends Shared {
  playing: boolean;
  /** Is a first view awaited, of what the page shows by now? `view` is then of what it showed before. */
  awaited: boolean;
  /** Class of the next point. */
  label: Label;
  /** Number of the point that is chosen, in the points of the mode. */
  chosen: number | undefined;
  /** What the net has learned, as the worker told it last. */
  view: View | undefined;
}

export const INITIAL: Readonly<Shared> = {
  mode: 'regression',
  points: {
    regression: DATA_SETS.regression.gap.points,
    classification: DATA_SETS.classification.moons.points,
  },
  options: INITIAL_OPTIONS,
  seed: 1,
  map: 'class',
  shown: { curve: true, target: true, draws: true },
};

export const problemOf = ({ mode, points, options, seed }: Shared): Problem => ({
  mode,
  points: points[mode],
  options,
  seed,
});

/** Would another posterior be learned? */
export function learnsOtherwise(now: Shared, before: Shared): boolean {
  const keys = ['mode', 'options', 'seed'] as const;
  return now.points[now.mode] !== before.points[before.mode] || keys.some((key) => now[key] !== before[key]);
}

/** Has it learned all that it will? */
export const isAtRest = ({ view, awaited }: State): boolean =>
  !awaited && view !== undefined && view.progress.step === view.progress.steps;

export class Store extends StoreOf<State> {
  /** Replaces the points of the mode that is shown; `chosen` is the one that is chosen then. */
  setPoints(points: readonly Point[], chosen?: number): void {
    const { mode } = this.now;
    this.set({ points: { ...this.now.points, [mode]: points }, chosen });
  }

  protected override following(changed: State, before: State): State {
    return learnsOtherwise(changed, before) ? { ...changed, awaited: true } : changed;
  }
}
