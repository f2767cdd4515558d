/** What the page knows, in one place: controls write into it, views are told of every change. */
import { type Image } from './image';
import { UNSPOILT, type Spoiling } from './spoil';
import type { Prediction } from './protocol';

export type Net = 'plain' | 'both' | 'bayesian';

export interface State {
  /** What lies on the pad, and in words where it comes from; undefined: an empty pad. */
  subject: { image: Image; name: string } | undefined;
  spoiling: Spoiling;
  /** Number of draws of the weights. */
  draws: number;
  /** Which draws: the same ones while one draws and spoils, so that nothing trembles by itself. */
  seed: number;
  net: Net;
  prediction: Prediction | undefined;
}

export const INITIAL: Readonly<State> = {
  subject: undefined,
  spoiling: UNSPOILT,
  draws: 30,
  seed: 0,
  net: 'both',
  prediction: undefined,
};
