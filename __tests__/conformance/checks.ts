/** The conformance suite: one list for every backend, in Node (`node.test.ts`) and in a browser (`browser.test.ts`). */
import type { Check } from './check';
import { extremes } from './extremes';
import { gradients } from './gradients';
import { kl } from './kl';
import { leaks } from './leaks';
import { losses } from './losses';
import { moments } from './moments';
import { predictions } from './predictions';
import { pyro } from './pyro';
import { saving } from './saving';
import { seeds } from './seeds';
import { training } from './training';

export const checks: Check[] = [
  ...pyro,
  ...gradients,
  ...kl,
  ...extremes,
  ...moments,
  ...seeds,
  ...training,
  ...predictions,
  ...saving,
  ...losses,
  ...leaks,
];
