/**
 * What is a Bayesian LeNet worth on digits, beside the plain one, with all layers Bayesian or the last one alone?
 *
 * Conv 12@5×5, pool, conv 24@5×5, pool, dense 100, dense 10, on the 8,000 / 2,000 digits of `npm start`; Adam with a rate
 * that falls to 0 along half a cosine; `--samples` draws averaged.
 *
 *     npx tsx benchmarks/lenet.ts [--net all|last|plain] [--kl-weight T] [--seeds 0,1,2] [--epochs 4] [--rate 0.003]
 *         [--prior 0.3] [--stddev 0.02] [--estimator local] [--batch 64] [--samples 20] [--backend native]
 *
 * What it printed, as means over the seeds 0, 1 and 2, each of which has a split of its own (KL/N in nats an example; the
 * defaults were the first that were tried, and stayed):
 *
 *     (--net all --kl-weight 0.1)     accuracy 97.55 %   NLL 0.0894   ECE 0.0101   KL/N 9.579
 *     --net last --kl-weight 1        accuracy 97.48 %   NLL 0.0897   ECE 0.0054   KL/N 0.214
 *     --net last ... --prior 0.1      accuracy 97.45 %   NLL 0.0926   ECE 0.0081   KL/N 0.129
 *     --net plain                     accuracy 97.45 %   NLL 0.0901   ECE 0.0053
 *
 * In four epochs the plain net is as good here: it has no time to grow too sure of itself. `--net last --kl-weight 1` is the
 * true ELBO of its layer.
 */
import * as tf from '@tensorflow/tfjs';
import { parseArgs } from 'node:util';
import { start, type Backend } from './backends';
import { CLASSES, loadDigits, SIDE, type Digits } from '../examples/digits/data';
import { shuffled } from '../examples/random';
import { valueOf } from '../examples/values';
import { adam, categoricalNLL, expectedCalibrationError, layers, nll, predictive } from '../src/index';

const { values: flags } = parseArgs({
  options: {
    net: { type: 'string', default: 'all' },
    'kl-weight': { type: 'string', default: '0.1' },
    seeds: { type: 'string', default: '0,1,2' },
    epochs: { type: 'string', default: '4' },
    rate: { type: 'string', default: '0.003' },
    prior: { type: 'string', default: '0.3' },
    stddev: { type: 'string', default: '0.02' },
    estimator: { type: 'string', default: 'local' },
    batch: { type: 'string', default: '64' },
    samples: { type: 'string', default: '20' },
    backend: { type: 'string', default: 'native' },
  },
});
const [T, EPOCHS, RATE, PRIOR, STDDEV, BATCH, SAMPLES] = (
  ['kl-weight', 'epochs', 'rate', 'prior', 'stddev', 'batch', 'samples'] as const
).map((name) => Number(flags[name])) as [number, number, number, number, number, number, number];

function lenet(N: number, seed: number): tf.Sequential {
  let made = 0;
  const ours = () => ({
    ...{ datasetSize: N, klWeight: T, prior: PRIOR, initialStddev: STDDEV, seed: 10 * seed + made++ },
    estimator: flags.estimator as 'local',
  });
  const theirs = () => ({
    kernelInitializer: tf.initializers.glorotNormal({ seed: 1 + 10 * seed + made++ }),
  });
  const isBayesian = { body: flags.net === 'all', last: flags.net !== 'plain' };
  const conv = (filters: number): tf.layers.Layer => {
    const options = { filters, kernelSize: 5, activation: 'relu' as const };
    return isBayesian.body ? layers.conv2d({ ...options, ...ours() }) : tf.layers.conv2d({ ...options, ...theirs() }); // prettier-ignore
  };
  const dense = (units: number, activation: 'relu' | 'softmax', bayesian: boolean): tf.layers.Layer =>
    bayesian ? layers.dense({ units, activation, ...ours() }) : tf.layers.dense({ units, activation, ...theirs() }); // prettier-ignore
  return tf.sequential({
    layers: [
      tf.layers.reshape({ targetShape: [SIDE, SIDE, 1], inputShape: [SIDE * SIDE] }),
      conv(12),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      conv(24),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      dense(100, 'relu', isBayesian.body),
      dense(CLASSES, 'softmax', isBayesian.last),
    ],
  });
}

/** In an order that the seed decides, which `fit` has not. */
async function train(net: tf.Sequential, { x, y, labels }: Digits, seed: number): Promise<void> {
  const optimizer = adam({ learningRate: RATE });
  net.compile({ optimizer, loss: categoricalNLL() });
  const steps = EPOCHS * Math.ceil(labels.length / BATCH);
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = shuffled([...labels.keys()], seed, epoch);
    for (let begin = 0; begin < order.length; begin += BATCH) {
      const rows = tf.tensor1d(order.slice(begin, begin + BATCH), 'int32');
      const batch = [tf.gather(x, rows), tf.gather(y, rows)] as const;
      Object.assign(optimizer, { learningRate: (RATE / 2) * (1 + Math.cos((Math.PI * step++) / steps)) });
      await net.trainOnBatch(...batch);
      tf.dispose([rows, ...batch]);
    }
  }
}

/** Class probabilities, averaged over draws. */
async function probabilities(net: tf.Sequential, x: tf.Tensor2D, seed: number): Promise<tf.Tensor2D> {
  if (flags.net === 'plain') return net.predict(x, { batchSize: 500 }) as tf.Tensor2D;
  const found = await predictive(net, x, { samples: SAMPLES, seed });
  const mean = found.mean() as tf.Tensor2D;
  found.dispose();
  return mean;
}

const missing = await start(flags.backend as Backend);
if (missing !== undefined) throw new Error(missing);
const results: number[][] = [];
for (const seed of flags.seeds.split(',').map(Number)) {
  const digits = loadDigits(10_000, seed);
  const N = digits.train.labels.length;
  const net = lenet(N, seed);
  const begin = performance.now();
  await train(net, digits.train, seed);
  const seconds = (performance.now() - begin) / 1000;
  const { x, labels } = digits.test;
  const p = await probabilities(net, x, seed);
  const kl = net.layers.reduce((sum, layer) => sum + ('kl' in layer ? valueOf(() => (layer as unknown as { kl: () => tf.Scalar }).kl()) : 0), 0); // prettier-ignore
  results.push([
    100 * valueOf(() => tf.mean(tf.equal(p.argMax(-1), tf.tensor1d(labels, 'int32')).toFloat())),
    valueOf(() => nll(p, labels).mean()),
    valueOf(() => expectedCalibrationError(p, labels)),
    kl / N,
    seconds,
  ]);
  console.log(`seed ${seed}: ${said(results.at(-1)!)}`);
  net.dispose();
}
const mean = results[0]!.map((_, i) => results.reduce((sum, row) => sum + row[i]!, 0) / results.length);
console.log(`mean of ${results.length}: ${said(mean)}`);

function said([accuracy, score, ece, kl, seconds]: number[]): string {
  return `accuracy ${accuracy!.toFixed(2)} %   NLL ${score!.toFixed(4)}   ECE ${ece!.toFixed(4)}   KL/N ${kl!.toFixed(3)}   ${seconds!.toFixed(0)} s`;
}
