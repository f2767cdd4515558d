/** The whole story: train three nets, compare them on digits and on what is none, write what came out of it. */
import type * as tf from '@tensorflow/tfjs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aboutOf } from './about';
import { chooseCards } from './cards';
import { loadDigits, type Digits } from './data';
import { averaged, evaluate, single } from './evaluation';
import { hasFonts, pngOf } from '../plots/png';
import { svgFigure, type Row } from './figure';
import { bayesianNet, klOf, lastLayerNet, plainNet } from './nets';
import { QUICK, type Options } from './options';
import { progress, type Terminal } from '../progress';
import { remark } from './remarks';
import { sampleOf } from './sample';
import { saveModel } from './saving';
import { table, type Column } from './table';
import { stepsPerEpoch, train } from './training';

/** A net of the story. */
interface Told {
  /** What the table calls it. */
  name: string;
  net: tf.Sequential;
  /** T; none for the plain net. */
  klWeight: number | undefined;
}

/**
 * @param signal stops the training early; what there is by then is compared and written all the same.
 * @param terminal where progress and report go.
 */
export async function run(options: Options, signal: AbortSignal, terminal: Terminal): Promise<void> {
  const { full, klWeight, epochs, seed, units, out } = options;
  const say = (line: string): unknown => terminal.write(`${line}\n`);
  const { train: digits, test } = loadDigits(options.examples, seed);
  const N = digits.labels.length;
  say(`${N} digits to train on, ${test.labels.length} to test on; nets of 784-${units}-${units}-10.`);
  say(`${full ? 'Full' : 'Quick (npm start -- --full is the real one)'}: ${epochs} epochs, seed ${seed}.\n`);

  // In the order of the table.
  const nets: Told[] = [
    { name: 'plain', net: plainNet({ units, seed }), klWeight: undefined },
    { name: 'last layer, T=1', net: lastLayerNet({ units, seed }), klWeight: 1 },
    { name: `all, T=${klWeight}`, net: bayesianNet({ units, seed, klWeight }), klWeight },
  ];
  const trained = new Set<Told>();
  // The last one first: a plain net alone would be nothing to compare with.
  for (const told of nets.toReversed()) {
    if (signal.aborted) break;
    const { net } = told;
    const kl = (): number | undefined => (told.klWeight === undefined ? undefined : klOf(net) / N);
    const bar = progress({ name: net.name, epochs, stepsPerEpoch: stepsPerEpoch(digits), kl, terminal });
    await train(net, digits, { epochs, seed, callbacks: [bar, stopOn(signal, net)] });
    await saveModel(net, join(out, net.name));
    trained.add(told);
  }

  const early = signal.aborted;
  const samples = early ? Math.min(options.samples, QUICK.samples) : options.samples;
  say(
    `\n${early ? 'Stopped early. ' : ''}Plain: one set of weights. Last layer, all: which layers are Bayesian,`,
  );
  say(`averaged over ${samples} draws of their weights.\n`);
  const shown = nets.filter((told) => trained.has(told));
  const columns: Column[] = [];
  for (const { name, net, klWeight: T } of shown) {
    const probabilities = T === undefined ? single(net) : averaged(net, samples, seed);
    columns.push({ name, evaluation: await evaluate(probabilities, test, seed) });
  }
  say(`${table(columns)}\n`);
  for (const { name, net, klWeight: T } of shown)
    if (T !== undefined) say(remark({ name, klWeight: T, kl: klOf(net), datasetSize: N }));
  if (!full && !early)
    say(
      'This was a quick run: the lines above say whether each posterior is at rest. The README shows full runs.',
    );

  const [plain, , bayesian] = nets as [Told, Told, Told];
  const oracles = { bayesian: bayesian.net, plain: trained.has(plain) ? single(plain.net) : undefined };
  await write(out, await chooseCards(test, { ...oracles, samples, seed }), test);
  await writeFile(join(out, 'about.json'), JSON.stringify(aboutOf(options, N, early)));
  const folders = shown.map(({ net }) => `${net.name}/`).join(', ');
  say(
    `\nWritten to ${out}: ${folders} (model.json, weights.bin each), figure.svg, figure.png, digits.json, about.json.`,
  );
  if (!hasFonts()) say('figure.png has no text, since this machine has no fonts; figure.svg has it.');
}

async function write(out: string, rows: Row[], test: Digits): Promise<void> {
  const svg = svgFigure(rows);
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'figure.svg'), svg);
  await writeFile(join(out, 'figure.png'), pngOf(svg));
  await writeFile(join(out, 'digits.json'), JSON.stringify(sampleOf(test)));
}

/** Ends the training of a net after the step in which the signal comes. */
function stopOn(signal: AbortSignal, net: tf.Sequential): tf.CustomCallbackArgs {
  return {
    onBatchEnd() {
      if (signal.aborted) net.stopTraining = true;
    },
  };
}
