/** The methods that are compared, each from a split to draws of its predictive distribution. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { hiddenLayer } from '../../src/layers/hidden';
import { learnedNoise } from '../../src/layers/learnedNoise';
import { gaussianNLL } from '../../src/likelihoods/gaussian';
import { meanAndStddev, withScaleColumns } from '../../src/likelihoods/scale';
import { predictive } from '../../src/predict/predictive';
import { checkpoint } from '../../src/checkpoint/checkpoint';
import { learningRateSchedule } from '../../src/train/learningRateSchedule';
import { trainingRecipe } from '../../src/train/trainingRecipe';
import type { Draws } from './score';
import type { Split } from './splits';

export const METHODS = ['ours', 'ours-predicted', 'constant', 'plain', 'dropout', 'ensemble'] as const;
export type Method = (typeof METHODS)[number];

/** What nothing is tuned of for a set. */
export interface Settings {
  units: number;
  batchSize: number;
  /** Steps of a training, but not fewer epochs than `epochs`. */
  steps: number;
  epochs: number;
  learningRate: number;
  klWarmup: number;
  draws: number;
}

export const SETTINGS: Settings = {
  units: 50,
  batchSize: 200,
  steps: 2000,
  epochs: 100,
  learningRate: 0.02,
  klWarmup: 0.8,
  draws: 100,
};

/** Dropout of inputs and units. */
const RATE = 0.05;
const MEMBERS = 5;
/** Of the training part, for the epoch at which a plain net is best. */
const HELD_OUT = 0.1;
const PATIENCE = 30;

const likelihood = gaussianNLL({ stddev: 'output' });

export async function run(method: Method, split: Split, settings: Settings, seed: number): Promise<Draws> {
  if (method !== 'ensemble') return one(method, split, settings, seed);
  const members: Draws[] = [];
  for (let member = 0; member < MEMBERS; member++)
    members.push(await one('plain', split, settings, seed + 1000 * (member + 1)));
  return { mean: members.flatMap(({ mean }) => mean), stddev: members.flatMap(({ stddev }) => stddev) };
}

async function one(
  method: Exclude<Method, 'ensemble'>,
  split: Split,
  settings: Settings,
  seed: number,
): Promise<Draws> {
  const D = split.x[0]!.length;
  const model = NETS[method](D, settings, seed);
  const optimizer = adam({ learningRate: settings.learningRate });
  model.compile({ optimizer, loss: likelihood });
  const [x, y, xTest] = tf.tidy(() => [
    tf.tensor2d(split.x),
    withScaleColumns(tf.tensor2d(split.y, [split.y.length, 1])),
    tf.tensor2d(split.xTest),
  ]) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  await train(method, model, x, y, settings);
  const outputs = await draws(method, model, xTest, settings.draws, seed);
  tf.dispose([x, y, xTest]);
  model.dispose();
  optimizer.dispose();
  const { mean, stddev } = tf.tidy(() => meanAndStddev(outputs));
  const inUnit = (t: tf.Tensor, by: (v: number) => number): number[][] => {
    const [S, N] = t.shape as [number, number];
    const all = t.dataSync();
    return Array.from({ length: S }, (_, s) => Array.from(all.slice(s * N, (s + 1) * N), by));
  };
  const { target } = split;
  const found = {
    mean: inUnit(mean, (v) => v * target.stddev + target.mean),
    stddev: inUnit(stddev, (v) => v * target.stddev),
  };
  tf.dispose([outputs, mean, stddev]);
  return found;
}

type Net = (D: number, settings: Settings, seed: number) => tf.LayersModel;

/** D-units-1 with biases and one noise for all, or predicted for each. */
const bayesian =
  (predicted: boolean): Net =>
  (D, { units }, seed) =>
    tf.sequential({
      layers: [
        hiddenLayer({ units, inputShape: [D], include_input_bias: true, seed: 2 * seed + 1 }),
        hiddenLayer({
          units: predicted ? 2 : 1,
          non_linearity: 'linear',
          include_hidden_bias: false,
          seed: 2 * seed + 2,
        }),
        ...(predicted ? [] : [learnedNoise()]),
      ],
    });

const plain =
  (rate: number): Net =>
  (D, { units }, seed) => {
    const kernelInitializer = (i: number) => tf.initializers.glorotUniform({ seed: 3 * seed + i });
    const dropout = (): tf.layers.Layer[] => (rate === 0 ? [] : [tf.layers.dropout({ rate })]);
    return tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [D] }),
        ...dropout(),
        tf.layers.dense({ units, activation: 'relu', kernelInitializer: kernelInitializer(1) }),
        ...dropout(),
        tf.layers.dense({ units: 1, kernelInitializer: kernelInitializer(2) }),
        learnedNoise(),
      ],
    });
  };

const NETS: Record<Exclude<Method, 'ensemble'>, Net> = {
  ours: bayesian(false),
  'ours-predicted': bayesian(true),
  constant: bayesian(false),
  plain: plain(0),
  dropout: plain(RATE),
};

/** Ours by the recipe; `constant` without it, by the ELBO from the start at a constant rate. */
async function train(
  method: Exclude<Method, 'ensemble'>,
  model: tf.LayersModel,
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  { batchSize, steps, epochs: least, klWarmup }: Settings,
): Promise<void> {
  const datasetSize = x.shape[0];
  const epochs = Math.max(least, Math.ceil(steps / Math.ceil(datasetSize / batchSize)));
  const common = { epochs, batchSize, verbose: 0, yieldEvery: 'never' } as const;
  const recipe = { epochs, datasetSize, quiet: true } as const;
  if (method === 'ours' || method === 'ours-predicted')
    await model.fit(x, y, { ...common, callbacks: trainingRecipe(model, { ...recipe, klWarmup }) });
  else if (method === 'constant')
    await model.fit(x, y, {
      ...common,
      callbacks: trainingRecipe(model, {
        ...recipe,
        klWarmup: 0,
        learningRate: false,
        gradientClipping: false,
      }),
    });
  else if (method === 'dropout') await model.fit(x, y, { ...common, callbacks: learningRateSchedule() });
  else {
    const stop = tf.callbacks.earlyStopping({ monitor: 'val_loss', patience: PATIENCE });
    const callbacks = [checkpoint({ best: 'val_loss' }), stop];
    await model.fit(x, y, { ...common, validationSplit: HELD_OUT, callbacks });
  }
}

/** [S, N, 2]: raw outputs. */
async function draws(
  method: Method,
  model: tf.LayersModel,
  x: tf.Tensor2D,
  samples: number,
  seed: number,
): Promise<tf.Tensor> {
  if (method === 'plain') return tf.tidy(() => tf.expandDims(model.apply(x) as tf.Tensor, 0));
  if (method === 'dropout')
    return tf.tidy(() =>
      tf.stack(Array.from({ length: samples }, () => model.apply(x, { training: true }) as tf.Tensor)),
    );
  const prediction = await predictive(model, x, { samples, seed, draws: true });
  const all = prediction.draws();
  prediction.dispose();
  return all;
}
