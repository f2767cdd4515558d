/** The whole story: train both nets, compare them on digits and on what is none, write what came out of it. */
import type * as tf from '@tensorflow/tfjs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseCards } from './cards';
import { loadDigits } from './data';
import { averaged, evaluate, single } from './evaluation';
import { pngFigure, svgFigure } from './figure';
import { bayesianNet, klOf, plainNet } from './nets';
import { QUICK, type Options } from './options';
import { progress, type Terminal } from './progress';
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
  const { klWeight, epochs, seed, units, out } = options;
  const say = (line: string): unknown => terminal.write(`${line}\n`);
  const { train: trained, test } = loadDigits(options.examples, seed);
  const N = trained.labels.length;
  say(
    `${N} digits to train on, ${test.labels.length} to test on; nets of 784-${units}-${units}-10; seed ${seed}.`,
  );
  say(
    `${options.full ? 'A full run' : 'A quick run (npm start -- --full is the real one)'}: ${epochs} epochs.\n`,
  );

  const bayesian = bayesianNet({ units, seed, datasetSize: N, klWeight });
  const scales = new ScaleWatch(bayesian);
  const stop = stopOn(signal);
  const show = (net: tf.Sequential, kl: () => number | undefined): tf.CustomCallbackArgs =>
    progress({ name: net.name, epochs, stepsPerEpoch: stepsPerEpoch(trained), kl, terminal });
  const fit = (net: tf.Sequential, ...callbacks: tf.CustomCallbackArgs[]): Promise<void> =>
    train(net, trained, { epochs, seed, callbacks: [...callbacks, stop(net)] });

  await fit(
    bayesian,
    scales.callbacks,
    show(bayesian, () => klOf(bayesian) / N),
  );
  await saveModel(bayesian, join(out, 'bayesian'));
  // Without its training the plain net is nothing to compare with.
  const plain = signal.aborted ? undefined : plainNet({ units, seed });
  if (plain !== undefined) {
    await fit(
      plain,
      show(plain, () => undefined),
    );
    await saveModel(plain, join(out, 'plain'));
  }

  const samples = signal.aborted ? Math.min(options.samples, QUICK.samples) : options.samples;
  say(
    `\n${signal.aborted ? 'Stopped early. ' : ''}The Bayesian net averages ${samples} draws of its weights.\n`,
  );
  const nets = [
    { name: 'Bayesian', probabilities: averaged(bayesian, samples, seed) },
    ...(plain === undefined ? [] : [{ name: 'plain', probabilities: single(plain) }]),
  ];
  const columns = [];
  for (const { name, probabilities } of nets)
    columns.push({ name, evaluation: await evaluate(probabilities, test, seed) });
  say(`${table(columns)}\n`);
  const posterior = {
    klWeight,
    kl: klOf(bayesian),
    datasetSize: N,
    change: scales.change(),
    distance: distanceFromRest(bayesian, trained),
  };
  for (const remark of remarks(posterior)) say(remark);

  const rows = await chooseCards(test, { bayesian, plain: nets[1]?.probabilities, samples, seed });
  await writeFigure(out, svgFigure(rows));
  await writeFile(join(out, 'digits.json'), JSON.stringify(sampleOf(test)));
  say(
    `\nWritten to ${out}: bayesian/ and plain/ (model.json, weights.bin), figure.svg, figure.png, digits.json.`,
  );
}

async function writeFigure(out: string, svg: string): Promise<void> {
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'figure.svg'), svg);
  await writeFile(join(out, 'figure.png'), pngFigure(svg));
}

/** Callbacks that end the training of a net after the step in which the signal comes. */
function stopOn(signal: AbortSignal): (net: tf.Sequential) => tf.CustomCallbackArgs {
  return (net) => ({
    onBatchEnd() {
      if (signal.aborted) net.stopTraining = true;
    },
  });
}
