/** Says the answers to a screen reader, once the pen rests: not after every stroke. */
import { percent } from './bars';
import type { Prediction } from './protocol';
import { nats } from './split';

const REST = 800;

export function announcer(status: HTMLElement): (prediction: Prediction | undefined) => void {
  let timer: number | undefined;
  return (prediction) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      status.textContent = prediction === undefined ? '' : sentence(prediction);
    }, REST);
  };
}

function sentence({ bayesian, plain }: Prediction): string {
  const says = (probabilities: number[]): string => {
    const most = Math.max(...probabilities);
    return `says ${probabilities.indexOf(most)}, ${percent(most)}`;
  };
  return (
    `The Bayesian net ${says(bayesian.mean)}. Uncertainty ${nats(bayesian.total)} nats: ` +
    `aleatoric ${nats(bayesian.aleatoric)}, epistemic ${nats(bayesian.epistemic)}. ` +
    `The plain net ${says(plain.probabilities)}.`
  );
}
