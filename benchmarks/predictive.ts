/**
 * What does a predictive distribution cost, by each way to it?
 *
 * 784-400-400-10, 100 draws for one row and for 128: 100 calls of `predict`, which cuts its input into batches of 32, or
 * of 128 if it is told so; `predictive` (folded draws), `predictiveStream` until it has as many, `predictiveMoments` (no
 * draws). The ways take turns in one process; medians, and the median of the ratio to the first in the same round.
 *
 *     npx tsx benchmarks/predictive.ts [backend ...] [--rounds 9]
 */
import * as tf from '@tensorflow/tfjs';
import { parseArgs } from 'node:util';
import { quantile, timed } from './measure';
import { startBackend } from '../examples/backend';
import { hiddenLayer, predictive, predictiveMoments, predictiveStream } from '../src/index';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' } },
});
const DRAWS = 100;
const rounds = Number(values.rounds);
const backends = positionals.length > 0 ? positionals : ['wasm', 'native'];

const net = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      hiddenLayer({ units: 400, inputShape: [784], include_input_bias: true, KL_factor: 1 }),
      hiddenLayer({ units: 400, KL_factor: 1 }),
      hiddenLayer({ units: 10, non_linearity: 'softmax', include_hidden_bias: false, KL_factor: 1 }),
    ],
  });

/** Each way to mean and spread of the outputs, from which the mean is read as a user would. */
const ways: Record<string, (model: tf.LayersModel, x: tf.Tensor) => Promise<void>> = {
  async 'predict, 100 times'(model, x) {
    for (let s = 0; s < DRAWS; s++) await readAndDispose(model.predict(x) as tf.Tensor);
  },
  async 'predict with batchSize: 128, 100 times'(model, x) {
    for (let s = 0; s < DRAWS; s++) await readAndDispose(model.predict(x, { batchSize: 128 }) as tf.Tensor);
  },
  async 'predictive, folded draws'(model, x) {
    const found = await predictive(model, x, { samples: DRAWS, seed: 1 });
    await readAndDispose(found.mean());
    found.dispose();
  },
  async 'predictiveStream, to 100 draws'(model, x) {
    for await (const estimate of predictiveStream(model, x, { maxSamples: DRAWS, seed: 1 }))
      await readAndDispose(estimate.mean());
  },
  async 'predictiveMoments, no draws'(model, x) {
    const { mean, variance, epistemic } = await predictiveMoments(model, x);
    epistemic.dispose();
    variance.dispose();
    await readAndDispose(mean);
  },
};

async function readAndDispose(t: tf.Tensor): Promise<void> {
  await t.data();
  t.dispose();
}

const median = (numbers: number[]): number => quantile(numbers, 0.5);

for (const backend of backends) {
  await startBackend(backend as 'wasm', console.log);
  const model = net();
  for (const rows of [1, 128]) {
    const x = tf.randomUniform([rows, 784]);
    const names = Object.keys(ways);
    const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = -1; round < rounds; round++)
      for (const name of names) {
        const time = await timed(() => ways[name]!(model, x));
        // The first round warms up.
        if (round >= 0) times[name]!.push(time);
      }
    const naive = times[names[0]!]!;
    console.log(`\n${tf.getBackend()}, ${rows} row(s)`);
    console.table(
      Object.fromEntries(
        names.map((name) => [
          name,
          {
            ms: Number(median(times[name]!).toFixed(2)),
            'times faster': Number(median(times[name]!.map((time, i) => naive[i]! / time)).toFixed(1)),
          },
        ]),
      ),
    );
    x.dispose();
  }
}
