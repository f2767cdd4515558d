/** `npm run bench:readme`: writes the table of results.json into docs/performance.md, between its two marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

interface Row {
  name: string;
  what: string;
  unit: string;
  goal: number;
  value: number;
  date: string;
}

interface Results {
  machine: { cpu: string; cores: number };
  versions: { node: string; tfjs: string };
  rows: Row[];
}

const [BEGIN, END] = ['<!-- bench: begin -->', '<!-- bench: end -->'];
const PAGE = new URL('../docs/performance.md', import.meta.url);
const RESULTS = new URL('results.json', import.meta.url);

function table({ machine, versions, rows }: Results): string {
  const days = [...new Set(rows.map(({ date }) => date.slice(0, 10)))].join(', ');
  return [
    '| row of `npm run bench` | what | measured | goal |',
    '| --- | --- | ---: | ---: |',
    ...rows.map(
      ({ name, what, unit, goal, value }) =>
        `| \`${name}\` | ${what} | ${value.toPrecision(3)} ${unit}${value > goal ? ' ✗' : ''} | ≤ ${goal} |`,
    ),
    '',
    `Measured on ${days}: ${machine.cpu}, ${machine.cores} cores, Node ${versions.node}, TensorFlow.js ${versions.tfjs}.`,
  ].join('\n');
}

const text = readFileSync(PAGE, 'utf8');
const [before, rest = ''] = text.split(BEGIN);
const [old, after] = rest.split(END);
if (old === undefined || after === undefined)
  throw new Error(`docs/performance.md must hold the marks ${BEGIN} and ${END}, in this order.`);
const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
const written = `${before}${BEGIN}\n\n${table(results)}\n\n${END}${after}`;
const path = PAGE.pathname;
writeFileSync(PAGE, await format(written, { ...(await resolveConfig(path)), filepath: path }));
