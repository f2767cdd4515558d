/** What a trained net is worth on digits that it has not seen, and whether it notices what is no digit. */
import * as tf from '@tensorflow/tfjs';
import { auroc, entropy, expectedCalibrationError, nll, predictive } from 'tfjs-bnn';
import { valueOf, valuesOf } from '../values';
import { CORRUPTIONS } from './corruptions';
import type { Digits } from './data';

/** Class probabilities [n, 10] for pixels [n, 784]. */
export type Probabilities = (x: tf.Tensor2D) => Promise<tf.Tensor2D>;

export interface Evaluation {
  /** The share of digits whose most probable class is the right one. */
  accuracy: number;
  /** Mean negative log likelihood, nats. */
  nll: number;
  /** Expected calibration error, in 10 bins. */
  ece: number;
  /** Mean predictive entropy of the test digits, nats. */
  entropy: number;
  /** By the name of the corruption. */
  corrupted: Record<string, Corrupted>;
}

export interface Corrupted {
  /** Mean predictive entropy, nats. */
  entropy: number;
  /** How well the entropy tells them from the test digits. */
  auroc: number;
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
    const isUnknown = [...known.map(() => 0), ...unknown.map(() => 1)];
    corrupted[name] = {
      entropy: mean(unknown),
      auroc: valueOf(() => auroc([...known, ...unknown], isUnknown)),
    };
  }
  const result = {
    accuracy: valueOf(() => tf.mean(tf.equal(p.argMax(-1), tf.tensor1d(labels, 'int32')).toFloat())),
    nll: valueOf(() => nll(p, labels).mean()),
    ece: valueOf(() => expectedCalibrationError(p, labels)),
    entropy: mean(known),
    corrupted,
  };
  p.dispose();
  return result;
}

function entropiesOf(p: tf.Tensor): number[] {
  return valuesOf(() => entropy(p));
}

const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
