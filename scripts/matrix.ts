/**
 * `npm run matrix`: the packed package in every way that somebody may come by it, in every place where it may run.
 *
 * What is not here comes from npm, 0.9 GB, once. `npm run matrix -- Rollup Deno` tries the rows with one of these words.
 */
import { Bench } from './matrix/bench';
import { cells, type Cell } from './matrix/cells';
import { Unavailable } from './matrix/tools';

interface Result {
  cell: Cell;
  sign: 'yes' | 'NO' | '-';
  remark?: string;
}

async function attempt(cell: Cell, bench: Bench): Promise<Result> {
  try {
    const { steps } = await cell.attempt(bench);
    if (steps !== 20) throw new Error(`took ${String(steps)} steps`);
    return { cell, sign: 'yes' };
  } catch (error) {
    return { cell, sign: error instanceof Unavailable ? '-' : 'NO', remark: (error as Error).message };
  }
}

/** A table for each kind of cells: rows down, columns across. */
function tables(results: Result[]): string {
  return [...new Set(results.map(({ cell }) => cell.table))]
    .map((table) => {
      const of = results.filter(({ cell }) => cell.table === table);
      const columns = [...new Set(of.map(({ cell }) => cell.column))];
      const lines = [...new Set(of.map(({ cell }) => cell.row))].map((row) => [
        row,
        ...columns.map(
          (column) => of.find(({ cell }) => cell.row === row && cell.column === column)?.sign ?? '',
        ),
      ]);
      const rows = [[table, ...columns], ...lines];
      const width = Math.max(...rows.map(([first]) => first!.length));
      return rows
        .map(([first, ...rest]) =>
          [first!.padEnd(width), ...rest.map((s) => s.padEnd(8))].join('  ').trimEnd(),
        )
        .join('\n');
    })
    .join('\n\n');
}

const words = process.argv.slice(2);
const chosen = cells.filter(({ row }) => words.length === 0 || words.some((word) => row.includes(word)));
const bench = Bench.open();
const results: Result[] = [];
try {
  for (const cell of chosen) {
    const result = await attempt(cell, bench);
    results.push(result);
    const { table, row, column } = cell;
    if (result.sign !== 'yes') console.log(`${result.sign} ${table}: ${row} x ${column}: ${result.remark!}`);
  }
} finally {
  await bench.close();
}
const count = (sign: Result['sign']): number => results.filter((result) => result.sign === sign).length;
console.log(`\n${tables(results)}\n`);
for (const { cell, remark } of results.filter(({ sign }) => sign === '-'))
  console.log(`not tried: ${cell.table}, ${cell.row} x ${cell.column}: ${remark!}`);
console.log(`${count('yes')} train and predict, ${count('NO')} do not, ${count('-')} cannot be tried here`);
process.exitCode = count('NO') === 0 && results.length > 0 ? 0 : 1;
