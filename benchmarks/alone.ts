/**
 * What do a training step and a prediction take by themselves, as the peers' scripts measure theirs? Medians of 200 in
 * one loop, milliseconds; 784-400-400-10, batch 128.
 *
 *     npx tsx benchmarks/alone.ts [backend ...]
 */
import type * as tf from '@tensorflow/tfjs';
import { start } from './backends';
import { quantile, timed } from './measure';
import { bayesianNet, compiled, data } from './nets';
import { adam } from '../src/adam';

async function medianTime(step: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const time = await timed(step);
    if (i >= 100) times.push(time);
  }
  return quantile(times, 0.5).toFixed(1);
}

const backends = process.argv.length > 2 ? process.argv.slice(2) : ['native', 'wasm'];
for (const backend of backends as Array<'native' | 'wasm'>) {
  const missing = await start(backend);
  if (missing !== undefined) throw new Error(missing);
  const net = compiled(bayesianNet(), adam());
  const { x, y } = data(128);
  const train = await medianTime(() => net.trainOnBatch(x, y));
  const predict = await medianTime(async () => {
    const output = net.predict(x, { batchSize: 128 }) as tf.Tensor;
    await output.data();
    output.dispose();
  });
  console.log(`${backend.padEnd(8)} train ${train} ms   predict ${predict} ms`);
}
