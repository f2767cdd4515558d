/** The whole story: train both nets, compare them on digits and on what is none, write what came out of it. */
import type * as tf from '@tensorflow/tfjs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseCards } from './cards';
import { loadDigits, type Digits } from './data';
import { averaged, evaluate, single, type Probabilities } from './evaluation';
import { hasFonts, pngOf } from '../plots/png';
import { svgFigure, type Row } from './figure';
import { bayesianNet, klOf, plainNet } from './nets';
import { QUICK, type Options } from './options';
import { progress, type Terminal } from '../progress';
import { remarks } from './remarks';
import { distanceFromRest, ScaleWatch } from './rest';
import { sampleOf } from './sample';
import { saveModel } from './saving';
import { table } from './table';
import { stepsPerEpoch, train } from './training';

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

  const fit = async (net: tf.Sequential, kl: () => number | undefined, watch?: ScaleWatch): Promise<void> => {
    const steps = stepsPerEpoch(digits);
    const bar = progress({ name: net.name, epochs, stepsPerEpoch: steps, kl, terminal });
    const callbacks = [bar, stopOn(signal, net), ...(watch === undefined ? [] : [watch.callbacks])];
    await train(net, digits, { epochs, seed, callbacks });
    await saveModel(net, join(out, net.name));
  };
  const bayesian = bayesianNet({ units, seed, datasetSize: N, klWeight });
  const scales = new ScaleWatch(bayesian);
  await fit(bayesian, () => klOf(bayesian) / N, scales);
  // A plain net without its training would be nothing to compare with.
  const plain = signal.aborted ? undefined : plainNet({ units, seed });
  if (plain !== undefined) await fit(plain, () => undefined);

  const early = signal.aborted;
  const samples = early ? Math.min(options.samples, QUICK.samples) : options.samples;
  say(`\n${early ? 'Stopped early. ' : ''}The Bayesian net averages ${samples} draws of its weights.\n`);
  const asked = { Bayesian: averaged(bayesian, samples, seed), ...(plain && { plain: single(plain) }) };
  say(`${await compare(asked, test, seed)}\n`);
  const change = scales.change();
  const distance = distanceFromRest(bayesian, digits);
  remarks({ klWeight, kl: klOf(bayesian), datasetSize: N, change, distance }).forEach(say);

  await write(out, await chooseCards(test, { bayesian, plain: asked.plain, samples, seed }), test);
  const models = plain === undefined ? 'bayesian/' : 'bayesian/ and plain/';
  say(`\nWritten to ${out}: ${models} (model.json, weights.bin), figure.svg, figure.png, digits.json.`);
  if (!hasFonts()) say('figure.png has no text, since this machine has no fonts; figure.svg has it.');
}

async function compare(nets: Record<string, Probabilities>, test: Digits, seed: number): Promise<string> {
  const columns = [];
  for (const [name, probabilities] of Object.entries(nets))
    columns.push({ name, evaluation: await evaluate(probabilities, test, seed) });
  return table(columns);
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
