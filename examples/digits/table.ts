/** What the nets are worth, side by side, as text for a terminal. */
import type { Evaluation } from './evaluation';

export interface Column {
  name: string;
  evaluation: Evaluation;
}

const LABEL = 26;
const CELL = 10;

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
    row('  accuracy', ({ accuracy }) => `${(100 * accuracy).toFixed(2)} %`),
    row('  NLL, nats', ({ nll }) => nll.toFixed(3)),
    row('  ECE', ({ ece }) => ece.toFixed(3)),
    '',
    line('Predictive entropy, nats', names),
    row('  test digits', ({ entropy }) => entropy.toFixed(2)),
    ...corruptions.map((name) => row(`  ${name}`, ({ corrupted }) => corrupted[name]!.entropy.toFixed(2))),
    '',
    line('AUROC by that entropy', names),
    ...corruptions.map((name) => row(`  ${name}`, ({ corrupted }) => corrupted[name]!.auroc.toFixed(3))),
  ].join('\n');
}

const line = (label: string, cells: string[]): string =>
  [label.padEnd(LABEL), ...cells.map((cell) => cell.padStart(CELL))].join('').trimEnd();
