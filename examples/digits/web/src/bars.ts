/**
 * The bars: a table with a row for each class. To the left what the plain net says, to the right what the Bayesian one
 * says: the mean of its draws as a bar, every draw as a dot, the middle 90% of them as a whisker.
 */
import type { Prediction } from './protocol';
import { quantile } from './quantile';

/** Where no draw gives a class more than this, its dots stand back. */
const QUIET = 0.01;
const CLASSES = Array.from({ length: 10 }, (_, digit) => digit);

/** Fills `parent` with the empty table; @returns what shows a prediction in it. */
export function bars(parent: HTMLElement): (prediction: Prediction | undefined) => void {
  parent.innerHTML = `
    <div role="table" aria-label="Probability of each digit, as each net sees it">
      <div role="row" class="verdicts">
        <div role="columnheader" class="plain"><span>Plain net</span> <b class="verdict"></b> <i class="share"></i></div>
        <div role="columnheader" class="class"><span class="hidden">Digit</span></div>
        <div role="columnheader" class="bayesian"><span>Bayesian net</span> <b class="verdict"></b> <i class="share"></i></div>
      </div>
      ${CLASSES.map(rowHTML).join('')}
      <div class="axis" aria-hidden="true">
        <div class="plain"><span>100%</span><span>50</span><span>0</span></div>
        <div class="class"></div>
        <div class="bayesian"><span>0</span><span>50</span><span>100%</span></div>
      </div>
    </div>`;
  const rows = Array.from(parent.querySelectorAll<HTMLElement>('[data-digit]'));
  const verdicts = {
    plain: parent.querySelector<HTMLElement>('.verdicts .plain')!,
    bayesian: parent.querySelector<HTMLElement>('.verdicts .bayesian')!,
  };
  return (prediction) => {
    showVerdict(verdicts.plain, prediction?.plain.probabilities);
    showVerdict(verdicts.bayesian, prediction?.bayesian.mean);
    for (const [digit, row] of rows.entries()) showRow(row, digit, prediction);
  };
}

// The pictures are stretched to the width of the column: x is the probability in percent, y a height in pixels.
const rowHTML = (digit: number): string => `
  <div role="row" data-digit="${digit}">
    <div role="cell" class="plain">
      <output></output>
      <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
        <rect class="mean" y="7" height="10" width="0" />
      </svg>
    </div>
    <div role="rowheader" class="class">${digit}</div>
    <div role="cell" class="bayesian">
      <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
        <rect class="mean" y="7" height="10" width="0" />
        <path class="whisker" />
        <path class="draws" />
      </svg>
      <output></output><span class="hidden range"></span>
    </div>
  </div>`;

function showRow(row: HTMLElement, digit: number, prediction: Prediction | undefined): void {
  const p = prediction?.plain.probabilities[digit] ?? 0;
  const mean = prediction?.bayesian.mean[digit] ?? 0;
  const draws = prediction?.bayesian.draws.map((draw) => draw[digit]!) ?? [];
  const [low, high] = [quantile(draws, 0.05), quantile(draws, 0.95)];

  const [plain, bayesian] = [
    row.querySelector<HTMLElement>('.plain')!,
    row.querySelector<HTMLElement>('.bayesian')!,
  ];
  const plainBar = plain.querySelector('rect')!;
  plainBar.setAttribute('x', String(100 - 100 * p));
  plainBar.setAttribute('width', String(100 * p));
  plain.querySelector('output')!.value = prediction === undefined ? '' : percent(p);

  bayesian.classList.toggle(
    'quiet',
    draws.every((draw) => draw < QUIET),
  );
  plain.classList.toggle('quiet', p < QUIET);
  bayesian.querySelector('rect')!.setAttribute('width', String(100 * mean));
  bayesian.querySelector('.whisker')!.setAttribute('d', high >= QUIET ? whisker(low, high) : '');
  bayesian.querySelector('.draws')!.setAttribute('d', draws.map(dot).join(''));
  bayesian.querySelector('output')!.value = prediction === undefined ? '' : percent(mean);
  bayesian.querySelector('.range')!.textContent =
    draws.length > 1 ? `, 90% of the draws from ${percent(low)} to ${percent(high)}` : '';

  weigh(row.querySelector<HTMLElement>('.class')!, Math.max(p, mean));
}

function showVerdict(cell: HTMLElement, probabilities: number[] | undefined): void {
  const numeral = cell.querySelector<HTMLElement>('.verdict')!;
  const p = probabilities === undefined ? 0 : Math.max(...probabilities);
  numeral.textContent = probabilities === undefined ? '–' : String(probabilities.indexOf(p));
  cell.querySelector('.share')!.textContent = probabilities === undefined ? '' : percent(p);
  weigh(numeral, p);
}

/** The surer, the bolder: the weight of the numeral is the probability. */
export function weigh(numeral: HTMLElement, p: number): void {
  numeral.style.setProperty('--weight', String(Math.round(400 + 500 * p)));
  numeral.style.setProperty('--sure', p.toFixed(2));
}

/** A line from low to high with a short stroke across each end. */
const whisker = (low: number, high: number): string =>
  `M${x(low)} 12H${x(high)}M${x(low)} 8V16M${x(high)} 8V16`;

/** A line of no length: with round ends it is a dot. */
const dot = (p: number, s: number): string => `M${x(p)} ${(3 + 18 * scattered(s + 1)).toFixed(1)}h0`;

const x = (p: number): string => (100 * p).toFixed(2);

/** Heights in [0, 1) that keep their distance from each other: van der Corput's sequence, the bits of n reversed. */
function scattered(n: number): number {
  let [height, bit] = [0, 0.5];
  for (let rest = n; rest > 0; rest >>= 1, bit /= 2) height += (rest & 1) * bit;
  return height;
}

export function percent(p: number): string {
  return `${Math.round(100 * p)}%`;
}
