/** Runs that were done, a line of JSON each, so that a bench that was broken off goes on where it was. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Method, Settings } from './methods';
import type { Score } from './score';

export interface Run extends Score {
  set: string;
  split: number;
  method: Method;
  settings: Settings;
  seconds: number;
}

type Key = Pick<Run, 'set' | 'split' | 'method' | 'settings'>;

export class Results {
  private readonly runs: Run[];

  constructor(private readonly file: string) {
    // A line that a broken-off run left half written is no run.
    const read = (line: string): Run[] => {
      try {
        return [JSON.parse(line) as Run];
      } catch {
        return [];
      }
    };
    this.runs = existsSync(file) ? readFileSync(file, 'utf8').split('\n').flatMap(read) : [];
  }

  has(key: Key): boolean {
    return this.runs.some((run) => keyOf(run) === keyOf(key));
  }

  add(run: Run): void {
    this.runs.push(run);
    appendFileSync(this.file, `${JSON.stringify(run)}\n`);
  }

  of({ set, method, settings }: Omit<Key, 'split'>, splits: readonly number[]): Run[] {
    return splits.flatMap(
      (split) => this.runs.find((run) => keyOf(run) === keyOf({ set, split, method, settings })) ?? [],
    );
  }
}

const keyOf = ({ set, split, method, settings }: Key): string =>
  JSON.stringify([set, split, method, Object.entries(settings).sort()]);
