/** The tables of the runs, in Markdown: log likelihood and its differences, RMSE, coverage. */
import type { Method } from './methods';
import { publishedOf } from './published';
import type { Run } from './results';

export interface Column {
  method: Method;
  /** By set. */
  runs: Map<string, Run[]>;
}

export function tables(sets: readonly string[], columns: readonly Column[]): string {
  return [
    table('test log likelihood, nats', sets, columns, ({ logLikelihood }) => logLikelihood, 'logLikelihood'),
    ...differences(sets, columns),
    table('RMSE', sets, columns, ({ rmse }) => rmse, 'rmse'),
    table('targets in the 50 % interval, %', sets, columns, ({ cover50 }) => 100 * cover50),
    table('targets in the 90 % interval, %', sets, columns, ({ cover90 }) => 100 * cover90),
  ].join('\n\n');
}

function table(
  title: string,
  sets: readonly string[],
  columns: readonly Column[],
  of: (run: Run) => number,
  published?: 'logLikelihood' | 'rmse',
): string {
  const others =
    published === undefined
      ? []
      : [...new Set(sets.flatMap((set) => Object.keys(publishedOf(set)?.[published] ?? {})))];
  const header = [
    title,
    ...columns.map(({ method }) => method),
    ...others.map((name) => `${name}, published`),
  ];
  const rows = sets.map((set) => {
    const theirs = (publishedOf(set)?.[published ?? 'rmse'] ?? {}) as Partial<Record<string, number>>;
    return [
      set,
      ...columns.map(({ runs }) => withError((runs.get(set) ?? []).map(of))),
      ...others.map((name) => (theirs[name] === undefined ? '' : String(theirs[name]))),
    ];
  });
  return markdown(header, rows);
}

/** Split by split: much of what moves a mean from split to split moves every method's alike. */
function differences(sets: readonly string[], [first, ...others]: readonly Column[]): string[] {
  if (first === undefined || others.length === 0) return [];
  const header = [
    `log likelihood of ${first.method} less that of …, split by split`,
    ...others.map(({ method }) => method),
  ];
  const rows = sets.map((set) => [
    set,
    ...others.map(({ runs }) => {
      const theirs = new Map(runs.get(set)?.map(({ split, logLikelihood }) => [split, logLikelihood]));
      return withError(
        (first.runs.get(set) ?? [])
          .filter(({ split }) => theirs.has(split))
          .map(({ split, logLikelihood }) => logLikelihood - theirs.get(split)!),
      );
    }),
  ]);
  return [markdown(header, rows)];
}

function markdown(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Mean ± standard error; the digits are those that the error leaves. */
function withError(numbers: number[]): string {
  if (numbers.length === 0) return '';
  const mean = numbers.reduce((sum, v) => sum + v, 0) / numbers.length;
  if (numbers.length === 1) return mean.toPrecision(4);
  const variance = numbers.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (numbers.length - 1);
  const error = Math.sqrt(variance / numbers.length);
  if (error === 0) return `${mean.toPrecision(4)} ± 0`;
  const digits = Math.min(5, Math.max(0, 2 - Math.ceil(Math.log10(error))));
  return `${mean.toFixed(digits)} ± ${error.toFixed(digits)}`;
}
