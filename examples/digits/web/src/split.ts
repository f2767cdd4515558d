/**
 * The entropy of the predictive in nats, and its two parts, as numbers and as a bar from 0 (certain) to ln 10 (any digit
 * is as likely as another); below it the same for the latest predictions, so that one sees the parts grow.
 */
import type { Prediction } from './protocol';

const MOST = Math.log(10);
/** How many predictions are remembered. */
const MEMORY = 48;

type Parts = Pick<Prediction['bayesian'], 'aleatoric' | 'epistemic'>;

/** Fills `parent`; @returns what shows a prediction in it, and what forgets the earlier ones. */
export function split(parent: HTMLElement): {
  show: (prediction: Prediction | undefined) => void;
  forget: () => void;
} {
  parent.innerHTML = `
    <dl>
      ${partHTML('total', 'Total', 'all of it: 0 is certain, 2.30 is no idea')}
      ${partHTML('aleatoric', 'Aleatoric', 'in the picture: each draw by itself finds it ambiguous')}
      ${partHTML('epistemic', 'Epistemic', 'in the weights: the draws contradict each other')}
    </dl>
    <svg class="stack" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="aleatoric" height="10" width="0" /><rect class="epistemic" height="10" width="0" />
    </svg>
    <div class="axis" aria-hidden="true"><span>0</span><span>ln 10 ≈ 2.30 nats</span></div>
    <svg class="history" viewBox="0 0 ${MEMORY} 100" preserveAspectRatio="none" aria-hidden="true">
      <path class="aleatoric" /><path class="epistemic" />
    </svg>
    <div class="axis" aria-hidden="true"><span>the last ${MEMORY} answers</span><span>now</span></div>
    <p class="plain">The plain net: <output data-part="plain">–</output> nats in all. It has one opinion, so it cannot say which part is which.</p>`;
  const output = (part: string): HTMLOutputElement => parent.querySelector(`[data-part=${part}]`)!;
  const [stack, history] = Array.from(parent.querySelectorAll('svg'));
  let past: Parts[] = [];
  const forget = (): void => {
    past = [];
  };
  const show = (prediction: Prediction | undefined): void => {
    for (const part of ['total', 'aleatoric', 'epistemic'] as const)
      output(part).value = prediction === undefined ? '–' : nats(prediction.bayesian[part]);
    output('plain').value = prediction === undefined ? '–' : nats(prediction.plain.entropy);
    if (prediction !== undefined) past = [...past, prediction.bayesian].slice(-MEMORY);
    showStack(stack!, prediction?.bayesian ?? { aleatoric: 0, epistemic: 0 });
    showHistory(history!, past);
  };
  return { show, forget };
}

const partHTML = (part: string, name: string, meaning: string): string => `
  <div class="${part}">
    <dt>${name}</dt>
    <dd><output data-part="${part}">–</output> <abbr title="natural units of information">nats</abbr></dd>
    <dd class="meaning">${meaning}</dd>
  </div>`;

function showStack(svg: SVGElement, { aleatoric, epistemic }: Parts): void {
  const [first, second] = svg.querySelectorAll('rect');
  first!.setAttribute('width', String((100 * aleatoric) / MOST));
  second!.setAttribute('x', String((100 * aleatoric) / MOST));
  second!.setAttribute('width', String((100 * epistemic) / MOST));
}

/** A column for each answer, the newest to the right. */
function showHistory(svg: SVGElement, past: Parts[]): void {
  const columns = { aleatoric: '', epistemic: '' };
  past.forEach(({ aleatoric, epistemic }, i) => {
    const [a, e] = [(100 * aleatoric) / MOST, (100 * epistemic) / MOST];
    const left = MEMORY - past.length + i;
    columns.aleatoric += column(left, 100 - a, a);
    columns.epistemic += column(left, 100 - a - e, e);
  });
  svg.querySelector('.aleatoric')!.setAttribute('d', columns.aleatoric);
  svg.querySelector('.epistemic')!.setAttribute('d', columns.epistemic);
}

const column = (left: number, top: number, height: number): string =>
  `M${left + 0.1} ${top.toFixed(2)}h.8v${height.toFixed(2)}h-.8z`;

export function nats(value: number): string {
  return value.toFixed(2);
}
