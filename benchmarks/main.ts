/**
 * `npm run bench`: every question of this folder, as a table with goals, and in results.json.
 *
 *     npm run bench -- --only native.train        one row; a part of a name takes all that hold it
 *
 * A row that falls short is marked; the exit code is 0 all the same: a timing is no test.
 */
import * as tf from '@tensorflow/tfjs';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { start } from './backends';
import { questions as convolution } from './questions/convolution';
import { questions as family } from './questions/family';
import { questions as growth } from './questions/growth';
import { questions as memory } from './questions/memory';
import { questions as noise } from './questions/noise';
import { questions as predict } from './questions/predict';
import { questions as report } from './questions/report';
import { questions as size } from './questions/size';
import { questions as train } from './questions/train';
import { valueOf, type Answer, type Question } from './question';

const QUESTIONS: Question[] = [
  ...train,
  ...report,
  ...predict,
  ...convolution,
  ...family,
  ...noise,
  ...memory,
  ...growth,
  ...size,
];
const RESULTS = new URL('results.json', import.meta.url);

interface Row {
  name: string;
  what: string;
  unit: string;
  goal: number;
  aim: number | null;
  value: number;
  met: boolean;
  date: string;
  answer: Answer;
}

const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : '';
const asked = QUESTIONS.filter(({ name }) => name.includes(only));
if (asked.length === 0) {
  console.error(
    `bench: no row has "${only}" in its name; there are ${QUESTIONS.map((q) => q.name).join(', ')}`,
  );
  process.exit(2);
}

const rows: Row[] = [];
for (const question of asked) {
  const missing = question.backend === undefined ? undefined : await start(question.backend);
  if (missing !== undefined) {
    console.log(`${question.name}: left out, ${missing}`);
    continue;
  }
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  const answer = await question.measure();
  // What a question trained is no burden for the next.
  for (const [name, variable] of Object.entries(tf.engine().registeredVariables))
    if (!before.has(name)) variable.dispose();
  const row = toRow(question, answer);
  rows.push(row);
  console.log(line(row));
}
write(rows);

function toRow({ name, what, unit, goal, aim }: Question, answer: Answer): Row {
  const value = valueOf(answer);
  return {
    name,
    what,
    unit,
    goal,
    aim: aim ?? null,
    value,
    met: value <= goal,
    date: new Date().toISOString(),
    answer,
  };
}

function line({ name, unit, goal, aim, value, met, answer }: Row): string {
  const detail =
    'ratio' in answer
      ? `${answer.ours.toFixed(2)} ms against ${answer.other.toFixed(2)} ms, middle half ` +
        `${answer.spread.map((r) => r.toFixed(2)).join('–')}, ${answer.pairs} pairs`
      : answer.detail;
  const against = `goal ${goal}${aim === null ? '' : `, aim ${aim}`}`;
  return `${name.padEnd(20)} ${value.toFixed(2).padStart(6)} ${unit.padEnd(6)} ${met ? '  ' : '✗ '} ${against.padEnd(20)} ${detail}`;
}

/** Rows that were not asked for stay as they were. */
function write(fresh: Row[]): void {
  let old: Row[] = [];
  try {
    old = (JSON.parse(readFileSync(RESULTS, 'utf8')) as { rows: Row[] }).rows;
  } catch {
    // The first run.
  }
  const known = QUESTIONS.map(({ name }) => name);
  const all = [...old.filter((row) => !fresh.some(({ name }) => name === row.name)), ...fresh]
    .filter(({ name }) => known.includes(name))
    .sort((a, b) => known.indexOf(a.name) - known.indexOf(b.name));
  const machine = {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    platform: `${os.platform()} ${os.arch()}`,
  };
  const versions = { node: process.version, ...tf.version };
  writeFileSync(RESULTS, `${JSON.stringify({ machine, versions, rows: all }, null, 2)}\n`);
}
