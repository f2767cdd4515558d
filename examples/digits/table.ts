/** What the nets are worth, side by side, as text for a terminal. */
import type { Estimate } from './estimates';
import type { Evaluation } from './evaluation';

export interface Column {
  name: string;
  evaluation: Evaluation;
}

const LABEL = 25;
const CELL = 18;

/** Two tables: how good the predictions are, and how unsure the nets are of what is no digit. */
export function table(columns: Column[]): string {
  const names = columns.map(({ name }) => name);
  const row = (label: string, value: (evaluation: Evaluation) => string): string =>
    line(
      label,
      columns.map(({ evaluation }) => value(evaluation)),
    );
  const corruptions = Object.keys(columns[0]!.evaluation.corrupted);
  return [
    line('Test digits', names),
    row('  accuracy', ({ accuracy }) => `${shown(accuracy, 2, 100)} %`),
    row('  NLL, nats', ({ nll }) => shown(nll, 3)),
    row('  ECE', ({ ece }) => shown(ece, 3)),
    '',
    line('Predictive entropy, nats', names),
    row('  test digits', ({ entropy }) => shown(entropy, 2)),
    ...corruptions.map((name) => row(`  ${name}`, ({ corrupted }) => shown(corrupted[name]!.entropy, 2))),
    '',
    line('AUROC by that entropy', names),
    ...corruptions.map((name) => row(`  ${name}`, ({ corrupted }) => shown(corrupted[name]!.auroc, 3))),
    '',
    '± is one standard error over test sets of this size.',
  ].join('\n');
}

const shown = ({ value, error }: Estimate, digits: number, unit = 1): string =>
  `${(unit * value).toFixed(digits)} ± ${(unit * error).toFixed(digits)}`;

const line = (label: string, cells: string[]): string =>
  [label.padEnd(LABEL), ...cells.map((cell) => cell.padStart(CELL))].join('').trimEnd();
