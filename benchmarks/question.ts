/** One row of the table. */
import type { Backend } from './backends';
import type { Timing } from './measure';

export interface Question {
  /** For `--only`: native.train. */
  name: string;
  what: string;
  backend?: Backend;
  /** Not above this. */
  goal: number;
  /** Better still. */
  aim?: number;
  unit: string;
  measure: () => Promise<Answer>;
}

/** A ratio of two timings, or another number with what there is to say of it. */
export type Answer = Timing | { value: number; detail: string };

export const valueOf = (answer: Answer): number => ('ratio' in answer ? answer.ratio : answer.value);
