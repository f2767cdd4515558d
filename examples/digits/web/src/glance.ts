/** The gist of the answers in two lines, for a screen on which pad and bars do not fit together. */
import { percent, weigh } from './bars';
import type { Prediction } from './protocol';
import { nats } from './split';

export function glance(parent: HTMLElement): (prediction: Prediction | undefined) => void {
  return (prediction) => {
    if (prediction === undefined) {
      parent.replaceChildren();
      return;
    }
    const { plain, bayesian } = prediction;
    parent.innerHTML = `
      <p>Plain <b></b> <span></span></p>
      <p>Bayesian <b></b> <span></span></p>
      <p>${nats(bayesian.total)} nats unsure, <i>${nats(bayesian.epistemic)} of it epistemic</i></p>`;
    for (const [i, probabilities] of [plain.probabilities, bayesian.mean].entries()) {
      const most = Math.max(...probabilities);
      const numeral = parent.querySelectorAll('b')[i]!;
      numeral.textContent = String(probabilities.indexOf(most));
      weigh(numeral, most);
      parent.querySelectorAll('span')[i]!.textContent = percent(most);
    }
  };
}
