/**
 * Where the time of a native training step goes, by TensorFlow op: `npx tsx benchmarks/profile.ts`.
 *
 * Every call of the binding is timed; what is left of the step is JavaScript.
 */
import * as tf from '@tensorflow/tfjs';
import { start } from './backends';
import { bayesianNet, compiled, data, denseNet, plainAdam } from './nets';
import { adam } from '../src/adam';

type Call = (...args: unknown[]) => unknown;

const missing = await start('native');
if (missing !== undefined) throw new Error(missing);
const times = new Map<string, { calls: number; ms: number }>();
const backend = tf.backend() as unknown as { binding: Record<string, Call> };
const { binding } = backend;
const timed =
  (call: Call, name: (args: unknown[]) => string): Call =>
  (...args) => {
    const begin = performance.now();
    const result = call.apply(binding, args);
    const entry = times.get(name(args)) ?? { calls: 0, ms: 0 };
    times.set(name(args), { calls: entry.calls + 1, ms: entry.ms + performance.now() - begin });
    return result;
  };
backend.binding = {
  ...Object.fromEntries(Object.getOwnPropertyNames(binding).map((key) => [key, binding[key]!])),
  executeOp: timed(binding.executeOp!, ([name]) => name as string),
  runSavedModel: timed(binding.runSavedModel!, ([, , , fetches]) => fetches as string),
  createTensor: timed(binding.createTensor!, () => '(upload)'),
  tensorDataSync: timed(binding.tensorDataSync!, () => '(download)'),
  deleteTensor: timed(binding.deleteTensor!, () => '(delete)'),
};

const { x, y } = data(128);
for (const [name, net] of [
  ['HiddenLayers, adam', compiled(bayesianNet(), adam())],
  ['dense, tf.train.adam', compiled(denseNet(), plainAdam())],
] as const) {
  for (let i = 0; i < 20; i++) await net.trainOnBatch(x, y);
  times.clear();
  const steps = 100;
  const begin = performance.now();
  for (let i = 0; i < steps; i++) await net.trainOnBatch(x, y);
  const total = (performance.now() - begin) / steps;
  const rows = [...times].map(([op, { calls, ms }]) => ({ op, calls: calls / steps, ms: ms / steps }));
  rows.push({ op: '(JavaScript)', calls: 1, ms: total - rows.reduce((sum, { ms }) => sum + ms, 0) });
  console.log(`\n${name}: ${total.toFixed(2)} ms a step`);
  for (const { op, calls, ms } of rows.sort((a, b) => b.ms - a.ms).slice(0, 16))
    console.log(`  ${op.padEnd(36)} ${calls.toFixed(1).padStart(6)} calls ${ms.toFixed(2).padStart(7)} ms`);
}
