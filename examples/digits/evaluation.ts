/** What a trained net is worth on digits that it has not seen, and whether it notices what is no digit. */
import * as tf from '@tensorflow/tfjs';
import { entropy, nll, predictive } from 'tfjs-bnn';
import { rowsOf, valuesOf } from '../values';
import { CORRUPTIONS } from './corruptions';
import { CLASSES, type Digits } from './data';
import { aurocOf, eceOf, meanOf, type Estimate } from './estimates';

/** Class probabilities [n, 10] for pixels [n, 784]. */
export type Probabilities = (x: tf.Tensor2D) => Promise<tf.Tensor2D>;

export interface Evaluation {
  /** The share of digits whose most probable class is the right one. */
  accuracy: Estimate;
  /** Mean negative log likelihood, nats. */
  nll: Estimate;
  /** Expected calibration error, in 10 bins. */
  ece: Estimate;
  /** Mean predictive entropy of the test digits, nats. */
  entropy: Estimate;
  /** By the name of the corruption. */
  corrupted: Record<string, Corrupted>;
}

export interface Corrupted {
  /** Mean predictive entropy, nats. */
  entropy: Estimate;
  /** How well the entropy tells them from the test digits. */
  auroc: Estimate;
}

/** The averaged predictive of a Bayesian net. */
export function averaged(net: tf.LayersModel, samples: number, seed: number): Probabilities {
  return async (x) => {
    const found = await predictive(net, x, { samples, seed });
    const mean = found.mean() as tf.Tensor2D;
    found.dispose();
    return mean;
  };
}

/** The only prediction that a plain net has. */
export function single(net: tf.LayersModel): Probabilities {
  return (x) => Promise.resolve(net.predict(x, { batchSize: 256 }) as tf.Tensor2D);
}

export async function evaluate(
  probabilities: Probabilities,
  { x, labels }: Digits,
  seed: number,
): Promise<Evaluation> {
  const p = await probabilities(x);
  const known = entropiesOf(p);
  const corrupted: Record<string, Corrupted> = {};
  for (const [name, corrupt] of Object.entries(CORRUPTIONS)) {
    const x_c = corrupt(x, seed);
    const p_c = await probabilities(x_c);
    const unknown = entropiesOf(p_c);
    tf.dispose([x_c, p_c]);
    corrupted[name] = { entropy: meanOf(unknown), auroc: aurocOf(known, unknown) };
  }
  const tops = rowsOf(
    valuesOf(() => p),
    CLASSES,
  ).map((row, i) => {
    const confidence = Math.max(...row);
    return { confidence, right: row.indexOf(confidence) === labels[i] };
  });
  const result = {
    accuracy: meanOf(tops.map(({ right }) => Number(right))),
    nll: meanOf(valuesOf(() => nll(p, labels))),
    ece: eceOf(tops, seed),
    entropy: meanOf(known),
    corrupted,
  };
  p.dispose();
  return result;
}

function entropiesOf(p: tf.Tensor): number[] {
  return valuesOf(() => entropy(p));
}
