/** The regression example as its user runs it: a very small run, and what it refuses. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../../examples/backend';
import { bandOf } from '../../examples/regression/band';
import { comparison, evaluateBayesian, evaluatePlain, table } from '../../examples/regression/evaluation';
import { bayesianNet, klOf, plainNet } from '../../examples/regression/nets';
import { parseOptions } from '../../examples/regression/options';
import { loadPenguins, standardOf } from '../../examples/regression/penguins';
import { train } from '../../examples/regression/training';

const ROOT = resolve(__dirname, '../..');

function regression(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/regression/main.ts', ...args], {
    cwd: ROOT,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((done) => {
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

describe('npm run regression', () => {
  const out = mkdtempSync(join(tmpdir(), 'regression-'));
  afterAll(() => rmSync(out, { recursive: true }));

  it('says what is missing, compares both nets and writes the figures', async () => {
    const { code, stdout, stderr } = await regression(
      '--epochs=3',
      '--samples=5',
      '--backend=wasm',
      `--out=${out}`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      '344 penguins; 2 lack the length of a flipper or the mass and are left out. 228 to train on',
    );
    expect(stdout).toMatch(/NLL, nats per penguin \(per kg\) +-?\d+\.\d{3} +-?\d+\.\d{3}\n/);
    expect(stdout).toMatch(/targets in their 90 % interval +\d+\.\d % +\d+\.\d %\n/);
    for (const name of ['figure', 'weights']) {
      expect(readFileSync(join(out, `${name}.svg`), 'utf8')).toMatch(/^<svg .*<\/svg>$/s);
      expect(
        readFileSync(join(out, `${name}.png`))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
    }
  });

  it('refuses a wrong option with exit code 2 and one line', async () => {
    const { code, stderr } = await regression('--epochs=0');
    expect(code).toBe(2);
    expect(stderr).toBe(
      'regression: --epochs must be a whole number of at least 1, got "0"; --help lists the options\n',
    );
  });
});

describe('the command line of regression', () => {
  it('has defaults, and takes what is given', () => {
    expect(parseOptions([])).toEqual({
      epochs: 600,
      samples: 200,
      seed: 0,
      backend: undefined,
      out: 'out/regression',
    });
    expect(parseOptions('--epochs 3 --samples 4 --seed 5 --backend cpu --out folder'.split(' '))).toEqual({
      epochs: 3,
      samples: 4,
      seed: 5,
      backend: 'cpu',
      out: 'folder',
    });
    expect(parseOptions(['--help'])).toBe('help');
  });

  it.each([
    ['--samples=1', /^--samples must be a whole number of at least 2, got "1"$/],
    ['--seed=-1', /^--seed must be/],
    ['--backend=webgl', /^--backend must be native, wasm or cpu/],
    ['--units=3', /^Unknown option '--units'$/],
  ])('refuses %s', (args, message) => {
    expect(() => parseOptions(args.split(' '))).toThrow(message);
  });
});

describe('the penguins', () => {
  it('are those with both measurements, each once, in a split that the seed decides', () => {
    const { train: trained, heldOut, rows, missing } = loadPenguins(3);
    expect([trained.length, heldOut.length, rows, missing]).toEqual([228, 114, 344, 2]);
    const sum = [...trained, ...heldOut].reduce((total, { mass }) => total + mass, 0);
    // The mean of palmerpenguins::penguins$body_mass_g is 4201.754.
    expect(sum / 342).toBeCloseTo(4.201754, 6);
    expect(loadPenguins(3)).toEqual(loadPenguins(3));
    expect(loadPenguins(4).heldOut).not.toEqual(heldOut);
  });

  it('standardise to mean 0 and stddev 1 and back', () => {
    const unit = standardOf([1, 3, 8]);
    const z = [1, 3, 8].map(unit.to);
    expect(z.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
    expect(z.reduce((a, b) => a + b * b, 0) / 3).toBeCloseTo(1, 12);
    expect(z.map(unit.from)).toEqual([1, 3, 8].map((v) => expect.closeTo(v, 12) as number));
  });
});

describe('the nets of regression', () => {
  beforeAll(async () => {
    await startBackend('wasm', () => undefined);
  });

  it('train the same for the same seed, widen away from the data, and leave no tensor', async () => {
    const before = tf.memory().numTensors;
    const { train: trained, heldOut } = loadPenguins(0);
    const units = {
      flipper: standardOf(trained.map(({ flipper }) => flipper)),
      mass: standardOf(trained.map(({ mass }) => mass)),
    };
    const tensors = [trained, heldOut].map((part) => ({
      x: tf.tensor2d(part.map(({ flipper }) => [units.flipper.to(flipper)])),
      y: tf.tensor2d(part.map(({ mass }) => [units.mass.to(mass)])),
    }));
    const [fit, held] = [tensors[0]!, { ...tensors[1]!, unit: units.mass }];
    const signal = new AbortController().signal;
    const terminal = { write: () => undefined };
    const net = async (epochs: number): Promise<tf.Sequential> => {
      const bayesian = bayesianNet({ datasetSize: trained.length, seed: 0 });
      await train(bayesian, fit.x, fit.y, { epochs, kl: () => undefined, signal, terminal });
      return bayesian;
    };
    const nets = [await net(3), await net(3)];
    expect(klOf(nets[0]!)).toBe(klOf(nets[1]!));

    const bayesian = await net(150);
    const { band, functions } = await bandOf(bayesian, units, { samples: 50, seed: 1 });
    const epistemic = (length: number): number => band.find(({ x }) => x === length)!.epistemic;
    expect(epistemic(150)).toBeGreaterThan(1.5 * epistemic(200));
    expect(epistemic(255)).toBeGreaterThan(1.5 * epistemic(200));
    for (const row of band) {
      expect(row.lower).toBeLessThan(row.meanLower);
      expect(row.upper).toBeGreaterThan(row.meanUpper);
      expect(row.total ** 2).toBeCloseTo(row.aleatoric ** 2 + row.epistemic ** 2, 4);
    }
    expect(new Set(functions.map(({ draw }) => draw)).size).toBe(8);

    const plain = plainNet(0);
    await train(plain, fit.x, fit.y, { epochs: 150, kl: () => undefined, signal, terminal });
    const evaluations = {
      Bayesian: await evaluateBayesian(bayesian, held, { samples: 50, seed: 1 }),
      plain: evaluatePlain(plain, held),
    };
    for (const { nlls, coverage, crps } of Object.values(evaluations)) {
      expect(nlls).toHaveLength(114);
      // The masses' own stddev of 0.8 kg has a NLL of 1.2; a trained net has 0.5 or so. 5 standard errors of 90 %.
      expect(nlls.reduce((a, b) => a + b) / 114).toBeLessThan(0.8);
      expect(Math.abs(coverage - 0.9)).toBeLessThan(5 * 0.028);
      expect(crps).toBeLessThan(0.3);
    }
    expect(comparison(evaluations.plain, evaluations.plain)).toEqual({ mean: 0, error: 0 });
    expect(table(evaluations).split('\n')).toHaveLength(5);

    [...nets, bayesian, plain].forEach((each) => {
      each.optimizer.dispose();
      each.dispose();
    });
    tf.dispose(tensors);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(4 * 2);
  });
});
