/** `npm run bench:uci`: test log likelihood, RMSE and coverage on splits of data sets, see README.md beside it. */
import { join } from 'node:path';
import { randomNumbers } from '../../examples/random';
import { start } from '../backends';
import { run, type Method, type Settings } from './methods';
import { HELP, parseOptions, type Options } from './options';
import { isLarge } from './published';
import { Results } from './results';
import { score } from './score';
import { dataSets, readSplit, type DataSet } from './splits';
import { tables } from './table';

const options = parseOptions(process.argv.slice(2));
if (options === undefined || typeof options === 'string') {
  if (options !== undefined) console.error(`bench:uci: ${options}\n`);
  console.log(HELP);
  process.exit(options === undefined ? 0 : 2);
}
try {
  await bench(options);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

async function bench(asked: Options): Promise<void> {
  const missing = asked.onlyTable ? undefined : await start(asked.backend);
  if (missing !== undefined) throw new Error(`bench:uci: ${missing}`);
  const results = new Results(asked.results ?? join(asked.data, 'bench-uci.jsonl'));
  const sets = chosen(dataSets(asked.data), asked);
  const jobs = sets.flatMap((set) =>
    set.splits.flatMap((split) =>
      asked.methods.map((method) => ({ set, split, method, settings: settingsOf(set) })),
    ),
  );
  const todo = jobs.filter(({ set, ...job }) => !results.has({ ...job, set: set.name }));
  if (!asked.onlyTable) {
    console.log(`${jobs.length} runs, ${jobs.length - todo.length} of them finished before`);
    const began = performance.now();
    for (const [i, { set, split, method, settings }] of todo.entries()) {
      say(i, todo.length, began, `${set.name} ${split} ${method}`);
      const start = performance.now();
      // By which fit shuffles and tf.layers.dropout draws, neither of which takes a seed.
      Math.random = randomNumbers(split);
      const data = readSplit(set, split);
      const found = score(await run(method, data, settings, split), data.yTest);
      const seconds = Math.round((performance.now() - start) / 100) / 10;
      results.add({ set: set.name, split, method, settings, ...found, seconds });
    }
    say(todo.length, todo.length, began, 'done');
    process.stdout.write('\n');
  }
  const columns = asked.methods.map((method: Method) => ({
    method,
    runs: new Map(
      sets.map((set) => [
        set.name,
        results.of({ set: set.name, method, settings: settingsOf(set) }, set.splits),
      ]),
    ),
  }));
  console.log(
    `\n${tables(
      sets.map(({ name }) => name),
      columns,
    )}\n`,
  );

  function settingsOf({ name }: DataSet): Settings {
    const { settings, ownUnits } = asked;
    return isLarge(name) && !ownUnits ? { ...settings, units: 100 } : settings;
  }
}

/** @throws if a set or a split that was asked for is not there. */
function chosen(sets: DataSet[], { sets: names, splits }: Options): DataSet[] {
  const unknown = names?.find((name) => !sets.some((set) => set.name.includes(name)));
  if (unknown !== undefined)
    throw new Error(
      `bench:uci: --sets must name some of ${sets.map(({ name }) => name).join(', ')}, got ${unknown}.`,
    );
  return sets
    .filter(({ name }) => names?.some((part) => name.includes(part)) ?? true)
    .map((set) => ({ ...set, splits: set.splits.filter((split) => splits?.includes(split) ?? true) }));
}

/** One line that is written over, or one a run where nobody watches. */
function say(done: number, of: number, began: number, what: string): void {
  const seconds = (performance.now() - began) / 1000;
  const left = done === 0 ? '' : `, ${Math.ceil(((seconds / done) * (of - done)) / 60)} min left`;
  const width = 24;
  const full = of === 0 ? width : Math.round((width * done) / of);
  const bar = '█'.repeat(full) + '░'.repeat(width - full);
  const text = `${bar} ${done}/${of} ${what}${left}`;
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
}
