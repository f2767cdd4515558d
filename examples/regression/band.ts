/** The predictive distribution along an axis of lengths, within the data and beyond, in millimetres and kilograms. */
import * as tf from '@tensorflow/tfjs';
import { meanAndStddev, predictive, tableRows, type Predictive } from 'tfjs-bnn';
import type { BandRow } from '../plots/predictiveBand';
import { valuesOf } from '../values';
import { LEVEL, Z } from './evaluation';
import { bayesianNet } from './nets';
import type { Standard } from './penguins';

/** The penguins' flippers are from 172 to 231 mm long. */
const FROM = 150;
const TO = 255;
const STEP = 1;
const FUNCTIONS = 8;

export interface Units {
  flipper: Standard;
  mass: Standard;
}

/** A row of the band, with the parts of its variance as stddevs in kg. */
export interface Prediction extends BandRow {
  total: number;
  aleatoric: number;
  epistemic: number;
}

/** The predictive distribution along the axis, and some of the functions whose mixture it is. */
export interface Along {
  band: Prediction[];
  functions: Array<{ x: number; y: number; draw: number }>;
}

export async function bandOf(
  net: tf.Sequential,
  { flipper, mass }: Units,
  { samples, seed }: { samples: number; seed: number },
): Promise<Along> {
  const { lengths, x } = axis(flipper);
  // Each prediction has the distribution that the trained net gives it. With one set of weights for all lengths of a draw
  // they belong together: a draw is a function, and the band of finitely many draws is smooth.
  const coherent = bayesianNet({ datasetSize: 1, seed, coherent: true });
  coherent.setWeights(net.getWeights());
  // The compiled loss tells the likelihood: intervals are those of a target, its noise included.
  const prediction = await predictive(coherent, x, { samples, seed, draws: true });
  const columns = tf.tidy(() => {
    const means = meansOf(prediction).reshape([samples, lengths.length]);
    // In ascending order, [G, S].
    const sorted = tf.reverse(tf.topk(means.transpose(), samples).values, 1);
    const at = (level: number): tf.Tensor => sorted.slice([0, Math.round(level * (samples - 1))], [-1, 1]);
    const { total, aleatoric, epistemic } = prediction.varianceSplit();
    return {
      x: tf.tensor1d(lengths),
      ...inUnit(mass, {
        mean: prediction.mean(),
        ...prediction.interval(LEVEL),
        meanLower: at((1 - LEVEL) / 2),
        meanUpper: at((1 + LEVEL) / 2),
      }),
      total: tf.mul(mass.stddev, tf.sqrt(total)),
      aleatoric: tf.mul(mass.stddev, tf.sqrt(aleatoric)),
      epistemic: tf.mul(mass.stddev, tf.sqrt(epistemic)),
    };
  });
  const band = await tableRows(columns);
  const drawn = valuesOf(() => meansOf(prediction).slice(0, Math.min(FUNCTIONS, samples)));
  tf.dispose([x, columns]);
  prediction.dispose();
  coherent.dispose();
  const functions = drawn.map((y, i) => ({
    x: lengths[i % lengths.length]!,
    y: mass.from(y),
    draw: Math.floor(i / lengths.length),
  }));
  return { band, functions };
}

const meansOf = (prediction: Predictive): tf.Tensor => meanAndStddev(prediction.draws()).mean;

/** The plain net's mean and interval, of the one stddev that it has. */
export async function plainBandOf(
  net: tf.Sequential,
  { flipper, mass }: Units,
): Promise<Array<Pick<BandRow, 'x' | 'mean' | 'lower' | 'upper'>>> {
  const { lengths, x } = axis(flipper);
  const columns = tf.tidy(() => {
    const { mean, stddev } = meanAndStddev(net.predict(x) as tf.Tensor);
    const reach = tf.mul(Z, stddev);
    const bounds = { mean, lower: tf.sub(mean, reach), upper: tf.add(mean, reach) };
    return { x: tf.tensor1d(lengths), ...inUnit(mass, bounds) };
  });
  const rows = await tableRows(columns);
  tf.dispose([x, columns]);
  return rows;
}

function axis(flipper: Standard): { lengths: number[]; x: tf.Tensor2D } {
  const lengths = Array.from({ length: (TO - FROM) / STEP + 1 }, (_, i) => FROM + STEP * i);
  return { lengths, x: tf.tensor2d(lengths.map((v) => [flipper.to(v)])) };
}

function inUnit<Columns extends Record<string, tf.Tensor>>(mass: Standard, columns: Columns): Columns {
  return Object.fromEntries(
    Object.entries(columns).map(([name, t]) => [name, tf.add(mass.mean, tf.mul(mass.stddev, t))]),
  ) as Columns;
}
