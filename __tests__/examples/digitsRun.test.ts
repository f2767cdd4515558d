/** The digits example as its user starts it: a program with files, exit codes and Ctrl-C. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '../../src/index';

const root = join(__dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'digits-'));
afterAll(() => rmSync(out, { recursive: true }));

/** As small as it goes. */
const TINY = ['--backend', 'wasm', '--examples', '200', '--units', '8', '--samples', '2'];

/** What elboReport says of the net whose layers are all Bayesian. */
const TEMPERED =
  'tfjs-bnn: elboReport: training uses the klWeight 0.05; kl and elbo are reported with klWeight 1.\n';

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @param interruptAt sends a Ctrl-C as soon as it is printed. */
function digits(args: string[], interruptAt?: string): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/digits/main.ts', ...args], {
    cwd: root,
  });
  const text = { stdout: '', stderr: '' };
  let interrupted = false;
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (more: string) => {
      text[stream] += more;
      if (interruptAt === undefined || interrupted || !text.stdout.includes(interruptAt)) return;
      interrupted = true;
      child.kill('SIGINT');
    });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, ...text });
    });
  });
}

/** Loads what was written, as a page would. */
async function load(folder: string): Promise<tf.LayersModel> {
  const model = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as tf.io.ModelJSON;
  const artifacts = await tf.io.getModelArtifactsForJSON(model, (manifest) => {
    const bytes = readFileSync(join(folder, manifest[0]!.paths[0]!));
    return Promise.resolve([manifest[0]!.weights, Uint8Array.from(bytes).buffer]);
  });
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}

describe('a run', () => {
  let [first, again, other]: Array<Ended | undefined> = [];
  beforeAll(async () => {
    const run = (folder: string, seed: string): Promise<Ended> =>
      digits([...TINY, '--epochs', '1', '--seed', seed, '--out', join(out, folder)]);
    [first, again, other] = await Promise.all([run('first', '1'), run('again', '1'), run('other', '2')]);
  });

  /** All but the time. */
  const report = (ended: Ended | undefined): string =>
    ended!.stdout.replace(/^[^]*?(?=Test digits)|Written.*/g, '');

  it('ends well, and says no more on stderr than that the KL is tempered', () => {
    expect(first).toMatchObject({ code: 0, stderr: TEMPERED });
    expect(first!.stdout).toMatch(
      /^Backend: wasm, as --backend says\.\n160 digits to train on, 40 to test on/,
    );
    expect(report(first)).toMatch(/^Test digits +plain +last layer, T=1 +all, T=0\.05\n/);
    expect(report(first)).toMatch(/accuracy( +\d+\.\d\d ± \d+\.\d\d %){3}\n/);
    // Two nets have a posterior; one epoch brings none to rest whose layers are all Bayesian.
    expect(first!.stdout.match(/trainingRecipe: (whether )?the posterior (has|is) .*rest/g)).toHaveLength(2);
    expect(first!.stdout).toContain('the posterior has not come to rest');
  });

  it('has the same report for the same seed', () => {
    expect(report(again)).toBe(report(first));
    expect(report(other)).not.toBe(report(first));
  });

  it.each(['bayesian', 'lastLayer', 'plain'])(
    'writes the %s net so that it loads and predicts',
    async (name) => {
      const net = await load(join(out, 'first', name));
      const y = net.predict(tf.zeros([3, 784])) as tf.Tensor;
      const sums = Array.from(tf.sum(y, 1).dataSync());
      expect(sums).toHaveLength(3);
      for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    },
  );

  it('writes the figure, and what the page wants', () => {
    const files = ['about.json', 'bayesian', 'digits.json', 'figure.png', 'figure.svg', 'lastLayer', 'plain'];
    expect(readdirSync(join(out, 'first')).sort()).toEqual(files);
    const svg = readFileSync(join(out, 'first/figure.svg'), 'utf8');
    for (const title of ['Sure', 'Unsure', 'Never seen in training'])
      expect(svg).toContain(`>${title}</text>`);
    expect(svg.match(/>entropy \d\.\d\d nats</g)).toHaveLength(12);
    const png = readFileSync(join(out, 'first/figure.png'));
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  });
});

it('writes what there is after a Ctrl-C, and ends with exit code 130', async () => {
  const args = [...TINY, '--epochs', '100000', '--out', join(out, 'early')];
  const { code, stdout, stderr } = await digits(args, 'epoch');
  expect({ code, stderr }).toEqual({ code: 130, stderr: TEMPERED });
  expect(stdout).toContain('Stopped early.');
  expect(stdout).toMatch(/Test digits +all, T=0\.05\n/);
  expect(stdout).toContain('this is an early-stopped net, not the posterior');
  expect(stdout).toContain('bayesian/ (model.json');
  expect((await load(join(out, 'early/bayesian'))).layers).toHaveLength(3);
});

it('refuses a wrong option in one line, with exit code 2', async () => {
  const [wrong, help] = await Promise.all([digits(['--epochs', 'many']), digits(['--help'])]);
  expect(wrong).toEqual({
    code: 2,
    stdout: '',
    stderr: 'digits: --epochs must be a whole number of at least 1, got "many"; --help lists the options\n',
  });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const option of ['quick', 'full', 'kl-weight', 'epochs', 'samples', 'seed', 'backend', 'out'])
    expect(help.stdout).toContain(`  --${option} `);
});
