/** Targets that are one of C classes, or labels that are yes or no: their mean is a probability. */
import * as tf from '@tensorflow/tfjs';
import { checkWord, shown, shownShape } from '../check';
import { quadratureMoments } from '../gaussian/activations';
import type { Moments } from '../gaussian/moments';
import { softmaxMoments } from '../gaussian/softmax';
import type { LikelihoodOf } from '../likelihoods/likelihood';
import { entropy } from '../numerics/entropy';
import { softmax } from '../numerics/softmax';
import type { Family, Flaw } from './family';

const OUTPUTS = ['probabilities', 'logits'] as const;

function checkOptions(who: string, { outputs }: Readonly<Record<string, unknown>>): void {
  if (outputs !== undefined) checkWord(who, 'outputs of the likelihood', outputs, OUTPUTS);
}

export const categorical: Family<LikelihoodOf<'categorical'>> = {
  keys: ['outputs'],
  checkOptions,
  shapeFlaw(_, shape) {
    if (shape.length > 1 && shape.at(-1)! > 1) return undefined;
    return {
      rule: 'must have a column for each of two classes or more',
      got: shownShape([null, ...shape.slice(1)]),
      remedy: `one column, or several yes-or-no labels, are not classes: ${BERNOULLI}`,
    };
  },
  async valueFlaw({ outputs }, y): Promise<Flaw | undefined> {
    if (outputs === 'logits' || (await areProbabilities(y))) return undefined;
    return {
      rule: 'must hold class probabilities',
      got: 'rows that do not sum to 1',
      remedy: `let the model end in softmax, or say outputs: 'logits'; if its columns are yes-or-no labels: ${BERNOULLI}`,
    };
  },
  read({ outputs }, output) {
    const value = outputs === 'logits' ? softmax(output) : output;
    return { value, entropy: entropy(value) };
  },
  readMoments: ({ outputs }, output) => ({ value: outputs === 'logits' ? softmaxMoments(output) : output }),
  aleatoric,
  hasRawScales: () => false,
  calibratedBy: 'temperature',
  logits: lnProbabilities,
  tempered(likelihood, output, T) {
    const logits = tf.div(lnProbabilities(likelihood, output), T);
    return likelihood.outputs === 'logits' ? logits : softmax(logits);
  },
};

export const bernoulli: Family<LikelihoodOf<'bernoulli'>> = {
  keys: ['outputs'],
  checkOptions,
  async valueFlaw({ outputs }, y): Promise<Flaw | undefined> {
    if (outputs === 'logits') return undefined;
    const [least, greatest] = await ends(y);
    // Rounding may leave a mean of ones above 1.
    if (least >= 0 && greatest <= 1 + 1e-6) return undefined;
    return {
      rule: 'must hold probabilities of yes-or-no labels, each from 0 to 1',
      got: `numbers from ${shown(least)} to ${shown(greatest)}`,
      remedy: "let the model end in sigmoid, or say outputs: 'logits'",
    };
  },
  read({ outputs }, output) {
    const value = outputs === 'logits' ? tf.sigmoid(output) : output;
    return { value, entropy: entropyOfLabel(value) };
  },
  readMoments: ({ outputs }, output) => ({
    value: outputs === 'logits' ? quadratureMoments(output, tf.sigmoid) : output,
  }),
  aleatoric,
  hasRawScales: () => false,
  calibratedBy: 'temperature',
  logits: lnOdds,
  tempered(likelihood, output, T) {
    const logits = tf.div(lnOdds(likelihood, output), T);
    return likelihood.outputs === 'logits' ? logits : tf.sigmoid(logits);
  },
  quantile({ outputs }, level, { outputs: draws }) {
    const ofDraw = (v: number): number => (outputs === 'logits' ? 1 / (1 + Math.exp(-v)) : v);
    const p = draws.reduce((sum, v) => sum + ofDraw(v), 0) / draws.length;
    return level <= 1 - p ? 0 : 1;
  },
};

const BERNOULLI = "for them {family: 'bernoulli'}, or train with bernoulliNLL";

/** The least normal number of float32, and half its step below 1: what rounds to 0, or to 1, counts as these. */
const [LEAST, STEP] = [2 ** -126, 2 ** -25];

function lnProbabilities({ outputs }: LikelihoodOf<'categorical'>, output: tf.Tensor): tf.Tensor {
  return outputs === 'logits' ? output : tf.log(tf.maximum(output, LEAST));
}

function lnOdds({ outputs }: LikelihoodOf<'bernoulli'>, output: tf.Tensor): tf.Tensor {
  if (outputs === 'logits') return output;
  return tf.sub(tf.log(tf.maximum(output, LEAST)), tf.log(tf.maximum(tf.sub(1, output), STEP)));
}

/** Of an indicator, whose variance is p̄ (1 − p̄) in all: what Var[p] leaves of it. Rounding must not make it negative. */
function aleatoric(_: unknown, { mean, variance }: Moments): tf.Tensor {
  return tf.relu(tf.sub(tf.mul(mean, tf.sub(1, mean)), variance));
}

/** −p ln p − (1 − p) ln(1 − p), nats, of each label. */
export const entropyOfLabel = (p: tf.Tensor): tf.Tensor => entropy(tf.stack([p, tf.sub(1, p)], -1));

/** Are these class probabilities: [..., C ≥ 2], none negative, with the sum 1 to a thousandth? */
export async function areProbabilities(y: tf.Tensor): Promise<boolean> {
  if (y.rank < 2 || y.shape.at(-1)! < 2) return false;
  const sums = tf.tidy(() =>
    tf.logicalAnd(tf.greaterEqual(tf.min(y), 0), tf.less(tf.max(tf.abs(tf.sub(tf.sum(y, -1), 1))), 1e-3)),
  );
  const [yes] = await sums.data();
  sums.dispose();
  return yes === 1;
}

async function ends(y: tf.Tensor): Promise<[number, number]> {
  const both = tf.tidy(() => tf.stack([tf.min(y), tf.max(y)]));
  const [least, greatest] = await both.data();
  both.dispose();
  return [least!, greatest!];
}
