import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions, type Options } from '../../benchmarks/uci/options';
import { SETTINGS } from '../../benchmarks/uci/methods';
import { Results, type Run } from '../../benchmarks/uci/results';
import { score } from '../../benchmarks/uci/score';
import { dataSets, readSplit } from '../../benchmarks/uci/splits';
import { tables } from '../../benchmarks/uci/table';

let data: string;
beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'uci-'))));
afterEach(() => {
  rmSync(data, { recursive: true });
});

const FILES = {
  'data.txt': '1.0 7 10\n\n3.0 7 20\n5.0 7 60\n9.0 7 80\n',
  'index_features.txt': '0.000e+00\n1.000e+00\n',
  'index_target.txt': '2\n',
  'index_train_0.txt': '0\n1\n2\n',
  'index_test_0.txt': '3\n',
  'index_train_10.txt': '1\n2\n3\n',
  'index_test_10.txt': '0\n',
};
function write(...folder: string[]): void {
  const at = join(data, ...folder);
  mkdirSync(at, { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(at, name), text);
}

describe('splits', () => {
  test('sets in folders, with and without data/, and the folder of one set', () => {
    write('yacht', 'data');
    write('energy');
    mkdirSync(join(data, 'empty'));
    expect(dataSets(data).map(({ name, splits }) => [name, splits])).toEqual([
      ['energy', [0, 10]],
      ['yacht', [0, 10]],
    ]);
    expect(dataSets(join(data, 'yacht')).map(({ name }) => name)).toEqual(['yacht']);
    expect(() => dataSets(join(data, 'empty'))).toThrow('--data must hold sets');
    expect(() => dataSets(join(data, 'nowhere'))).toThrow('--data must be a folder that is there');
  });

  test('are scaled by the training part alone; a column that is constant stays finite', () => {
    write('one');
    const split = readSplit(dataSets(data)[0]!, 0);
    const stddev = Math.sqrt(8 / 3);
    split.x.forEach(([x], i) => expect(x).toBeCloseTo((2 * i - 2) / stddev, 6));
    expect(split.xTest[0]![0]).toBeCloseTo(6 / stddev, 6);
    expect(split.x.map((row) => row[1])).toEqual([0, 0, 0]);
    expect(split.yTest).toEqual([80]);
    expect(split.target.mean).toBeCloseTo(30, 6);
    expect(split.y.reduce((sum, v) => sum + v * v, 0) / 3).toBeCloseTo(1, 6);
  });

  test('a number that is none is named', () => {
    write('one');
    writeFileSync(join(data, 'one', 'data.txt'), '1 2 3\n4 x 6\n');
    expect(() => readSplit(dataSets(data)[0]!, 0)).toThrow(
      'one must have one target and numbers in all its columns, got row 1',
    );
  });
});

test('scores a mixture: density of the mean of densities, RMSE of the mean, central intervals', () => {
  const found = score(
    {
      mean: [
        [0, 0],
        [2, 0],
      ],
      stddev: [
        [1, 1],
        [1, 1],
      ],
    },
    [0, 0.5],
  );
  const density = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  const logs = [Math.log((density(0) + density(2)) / 2), Math.log(density(0.5))];
  expect(found.logLikelihood).toBeCloseTo((logs[0]! + logs[1]!) / 2, 6);
  expect(found.rmse).toBeCloseTo(Math.sqrt((1 + 0.25) / 2), 6);
  // P(below 0) = (0.5 + 0.0228)/2 = 0.261, and 0.691 of the second.
  expect([found.cover50, found.cover90]).toEqual([1, 1]);
  expect(score({ mean: [[0]], stddev: [[1]] }, [1]).cover50).toBe(0);
  expect(score({ mean: [[0]], stddev: [[1]] }, [-1.7]).cover90).toBe(0);
});

const run = (split: number, logLikelihood: number): Run => ({
  ...{ set: 'yacht', split, method: 'ours', settings: SETTINGS, seconds: 1 },
  ...{ rmse: 1, cover50: 0.5, cover90: 0.9, logLikelihood },
});

test('runs that were done are found again, by their settings too; a half-written line is none', () => {
  const file = join(data, 'results.jsonl');
  new Results(file).add(run(0, -1));
  new Results(file).add(run(1, -2));
  writeFileSync(file, '{"set":"yacht","spl', { flag: 'a' });
  const again = new Results(file);
  expect(again.has(run(1, 0))).toBe(true);
  expect(again.has(run(2, 0))).toBe(false);
  expect(again.has({ ...run(1, 0), settings: { ...SETTINGS, steps: 1 } })).toBe(false);
  expect(again.of(run(0, 0), [1, 2]).map(({ logLikelihood }) => logLikelihood)).toEqual([-2]);
});

test('the table has mean and standard error, with what was published beside it', () => {
  const runs = new Map([['yacht', [run(0, -1), run(1, -1.2), run(2, -0.8)]]]);
  const [head, , row] = tables(['yacht'], [{ method: 'ours', runs }]).split('\n');
  expect(head).toBe(
    '| test log likelihood, nats | ours | VI, published | PBP, published | MC dropout, published | DVI, published |',
  );
  // 0.2/√3
  expect(row).toBe('| yacht | -1.00 ± 0.12 | -3.43 | -1.63 | -1.25 | -0.47 |');
});

test('the log likelihood of the first method less that of another, of the splits that both have', () => {
  const first = { method: 'ours' as const, runs: new Map([['yacht', [run(0, -1), run(1, -3), run(2, -8)]]]) };
  const other = { method: 'plain' as const, runs: new Map([['yacht', [run(1, -3.5), run(0, -1.1)]]]) };
  const [, second] = tables(['yacht'], [first, other]).split('\n\n');
  // 0.1 and 0.5
  expect(second!.split('\n')).toEqual([
    '| log likelihood of ours less that of …, split by split | plain |',
    '| --- | ---: |',
    '| yacht | 0.30 ± 0.20 |',
  ]);
  expect(tables(['yacht'], [first])).not.toContain('split by split');
});

test('the command line', () => {
  const options = parseOptions(
    '--data d --sets a,b --splits 0-2,9 --noise predicted --steps 5 --warmup 0'.split(' '),
  ) as Options;
  expect(options).toMatchObject({ sets: ['a', 'b'], splits: [0, 1, 2, 9], methods: ['ours-predicted'] });
  expect(options.settings).toEqual({ ...SETTINGS, steps: 5, klWarmup: 0 });
  expect(parseOptions([])).toContain('--data FOLDER is needed');
  expect(parseOptions(['--help'])).toBeUndefined();
  for (const wrong of [
    '--splits 3-1',
    '--methods mine',
    '--steps x',
    '--noise no',
    '--backend gpu',
    '--typo 1',
  ])
    expect(typeof parseOptions(['--data', 'd', ...wrong.split(' ')])).toBe('string');
});
