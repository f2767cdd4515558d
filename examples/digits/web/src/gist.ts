/** The answers in a sentence, so that nobody has to read the bars first. */
import { percent } from './bars';
import type { Prediction } from './protocol';

/** Nats up to which the Bayesian net passes for sure, and from which on for clueless: ln 10 is no idea at all. */
const [SURE, CLUELESS] = [0.3, 1];

/** @param asked what was shown, in words. */
export function gist(asked: string, { plain, bayesian }: Prediction): string {
  const subject = asked.charAt(0).toUpperCase() + asked.slice(1);
  const [certain, careful] = [plain.probabilities, bayesian.mean].map(mostProbable) as [string, string];
  return `${subject}: the plain net says ${certain}, the Bayesian net ${careful}, and ${verdict(bayesian)}.`;
}

function mostProbable(probabilities: number[]): string {
  const most = Math.max(...probabilities);
  return `${probabilities.indexOf(most)} with ${percent(most)}`;
}

function verdict({ total, epistemic }: Prediction['bayesian']): string {
  if (total < SURE) return 'it is sure';
  const why =
    epistemic > total / 2
      ? 'its draws contradict each other'
      : 'most of its draws find the picture ambiguous';
  return `${total < CLUELESS ? 'it is not sure' : 'it knows that it doesn’t know'}: ${why}`;
}
