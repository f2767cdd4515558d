/** Mean and variance of a model's output without any draw: they are pushed through the layers in one pass. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkModelAlive, checkPositiveInteger, refuse } from '../check';
import type { Flaw } from '../families/family';
import { familyOf } from '../families/familyOf';
import type { Moments } from '../gaussian/moments';
import type { Likelihood } from '../likelihoods/likelihood';
import { someBayesianLayers } from '../layers/bayesian';
import { walk } from '../layers/walk';
import { warnOfBiases } from '../layers/warnings';
import { likelihoodsOf } from './givenLikelihood';
import { checkedInputs, inputRows, type Inputs } from './inputs';
import { WHO } from './momentRule';
import { throughLayer, type Known } from './momentRules';
import { areFinite, firstNotFinite, refuseNotFinite, weightsNotFinite } from './notFinite';
import type { SamplingOptions } from './sampling';

export interface PredictiveMomentsOptions {
  /** Rows that go through the model at once. @defaultValue 128 */
  batchSize?: number;
  /** What the outputs say about the targets, as for `predictive`. @defaultValue what the compiled loss says */
  likelihood?: SamplingOptions['likelihood'];
}

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type PredictiveMoments = {
  /** Predictive mean of a target, [N, ...outputs]: of classes and labels their probabilities, of counts the mean rate. */
  mean: tf.Tensor;
  /** Variance (not stddev) of a target, [N, ...outputs], noise included; without a likelihood that of the outputs. */
  variance: tf.Tensor;
  /** The part of it that the weights leave open. The rest is aleatoric. */
  epistemic: tf.Tensor;
};

/**
 * What `predictive` finds with many draws, approximately, in the time of a few: each layer's pre-activations get
 * their mean and variance from those of its inputs,
 *
 *     E[z] = E[h] · A_mean,     Var[z] = Var[h] · A_mean² + (Var[h] + E[h]²) · A_scale²
 *
 * and are taken for Gaussian to go through the activation (as in probabilistic backpropagation, Hernández-Lobato &
 * Adams 2015, arXiv:1502.05336; the variance is that of Wu et al. 2019, arXiv:1810.03958, without covariances).
 *
 * Two things are dropped. All that goes into a layer counts as independent, element by element; in truth the units of a
 * layer share their inputs and are correlated from the second layer on. That makes the variance too small or too large
 * where the next layer adds them up, and the more so the deeper the net and the wider its posterior: in two trained
 * 1-16-16-1 nets the stddev came out between 0.76 and 1.15 of that of 1e5 draws, the mean off by less than 0.01 stddevs.
 * And a sum of few units is not quite Gaussian. A net of linear layers has its mean exactly, and with one layer
 * everything.
 *
 * Where the same weights come together again, independence costs most. A layer of weight space has the same moments as
 * any other, each of its positions too; but an average over n positions (pooling, `average`) then has up to n times the
 * variance found here, the difference of two positions less. A value that is added to itself has 4 times its variance,
 * and 2 are found; a sum around a layer (`add` of its input and its output) is in between. `predictive` knows all this.
 *
 * Rules beside those of Bayesian layers, for inputs that are independent: exact for dense, conv1d, conv2d,
 * conv2dTranspose, depthwiseConv2d, averagePooling1d and 2d, globalAveragePooling1d and 2d, batchNormalization, rescaling,
 * add, average, multiply, concatenate, flatten, reshape, permute, repeatVector, zeroPadding2d, cropping2d, upSampling2d,
 * learnedNoise and, since nothing is dropped in prediction, the dropouts and noises; `timeDistributed` around any of
 * them, or around a model. Their activations: through relu, leakyReLU and linear the moments of a Gaussian are exact,
 * through tanh, sigmoid, softplus, elu and others right to half a percent where the stddev of a pre-activation is below 10,
 * through softmax to 0.02 in a probability. Before the first Bayesian layer there may be any layers.
 *
 * A calibration of the model plays no part here: it is fitted to draws.
 *
 * @param x as for `predictive`; it stays the caller's.
 * @returns fresh tensors, the caller's. Of a model with several outputs an array, in their order, which is to be said
 * where types are checked: `predictiveMoments<PredictiveMoments[]>(model, x)`.
 * @throws if a layer behind a Bayesian one has no rule (by its name), the model has no Bayesian layer, or x does not fit,
 * has no rows or holds a NaN or a number whose square float32 does not hold, or a mean or variance is not finite (naming the
 * layer that first makes such a number), or the outputs are not what the likelihood says of them.
 *
 * @example
 * const { mean, variance, epistemic } = await predictiveMoments(model, xNew);
 * console.log(mean.shape); // [5, 1]
 */
// As a cast would do it: the type of a model does not tell how many outputs it has.
export async function predictiveMoments<
  M extends PredictiveMoments | PredictiveMoments[] = PredictiveMoments,
>(model: tf.LayersModel, x: Inputs, options: PredictiveMomentsOptions = {}): Promise<M> {
  checkKeys(WHO, options, ['batchSize', 'likelihood']);
  const { batchSize = 128, likelihood } = options;
  checkPositiveInteger(WHO, 'batchSize', batchSize);
  someBayesianLayers(WHO, model);
  const xs = await checkedInputs(WHO, model, x);
  checkModelAlive(WHO, model);
  const likelihoods = likelihoodsOf(WHO, model, likelihood);
  warnOfBiases(model);
  const all = tf.tidy(() => {
    const batches = batchesOf(xs, batchSize).map(({ start, rows }) =>
      tf.tidy(() => ofBatch(model, inputRows(model, xs, start, rows))),
    );
    return model.outputs.map((_, i) =>
      ofTarget(nameOf(model, i), oneBehindTheOther(batches.map((outputs) => outputs[i]!)), likelihoods[i]),
    );
  });
  try {
    if (!(await areFinite(all.flatMap((moments) => Object.values(moments)))))
      await refuseMoments(model, xs, batchSize);
    // Probabilities and rates that the model puts out are means of targets as they are.
    for (const [i, { mean }] of all.entries()) {
      const likelihood = likelihoods[i];
      const flaw = likelihood && (await familyOf(likelihood).valueFlaw?.(likelihood, mean));
      if (flaw !== undefined) refuseFlaw(nameOf(model, i), flaw);
    }
  } catch (error) {
    tf.dispose(all);
    throw error;
  }
  return (all.length === 1 ? all[0]! : all) as M;
}

const batchesOf = (xs: tf.Tensor[], batchSize: number): Array<{ start: number; rows: number }> => {
  const all = xs[0]!.shape[0];
  return Array.from({ length: Math.ceil(all / batchSize) }, (_, i) => ({
    start: i * batchSize,
    rows: Math.min(batchSize, all - i * batchSize),
  }));
};

const known = (xs: tf.Tensor[]): Known[] =>
  xs.map((mean) => ({ mean, variance: undefined, mask: undefined }));

/** One for each output. */
function ofBatch(model: tf.LayersModel, xs: tf.Tensor[]): Moments[] {
  return walk(model, known(xs), throughLayer).map(({ mean, variance }) => ({
    mean,
    variance: variance ?? tf.zerosLike(mean),
  }));
}

/** Names the layer that first makes a mean or a variance that is not finite. */
async function refuseMoments(model: tf.LayersModel, xs: tf.Tensor[], batchSize: number): Promise<never> {
  const [weight] = await weightsNotFinite(model);
  if (weight !== undefined) await refuseNotFinite(WHO, model, [], weight);
  for (const { start, rows } of batchesOf(xs, batchSize)) {
    const parts = inputRows(model, xs, start, rows);
    const numbersOf = ({ mean, variance }: Known): tf.Tensor[] => (variance ? [mean, variance] : [mean]);
    try {
      const found = await firstNotFinite(model, known(parts), throughLayer, numbersOf);
      if (found !== undefined) await refuseNotFinite(WHO, model, parts, found);
    } finally {
      tf.dispose(parts);
    }
  }
  return refuseNotFinite(WHO, model, []);
}

/** A fresh copy also of a single batch, whose tensors may be two outputs at once. */
const oneBehindTheOther = (batches: Moments[]): Moments => ({
  mean: tf.concat(
    batches.map(({ mean }) => mean),
    0,
  ),
  variance: tf.concat(
    batches.map(({ variance }) => variance),
    0,
  ),
});

const nameOf = (model: tf.LayersModel, i: number): string => model.outputs[i]!.sourceLayer.name;

const refuseFlaw = (name: string, { rule, got, remedy }: Flaw): never =>
  refuse(WHO, `${name} ${rule}`, got, remedy);

/** @throws if the output cannot hold what the likelihood needs. */
function ofTarget(name: string, output: Moments, likelihood: Likelihood | undefined): PredictiveMoments {
  if (likelihood === undefined) return { ...output, epistemic: tf.clone(output.variance) };
  const family = familyOf(likelihood);
  const lack = family.lacks?.(likelihood, 'variance');
  if (lack !== undefined) refuse(WHO, lack.rule, lack.got, lack.remedy);
  const flaw = family.shapeFlaw?.(likelihood, output.mean.shape);
  if (flaw !== undefined) refuseFlaw(name, flaw);
  const { value, noise } = family.readMoments(likelihood, output);
  const aleatoric = family.aleatoric(likelihood, value, noise);
  // Clones, since a value may be two of the three.
  return {
    mean: tf.clone(value.mean),
    variance: tf.add(aleatoric, value.variance),
    epistemic: tf.clone(value.variance),
  };
}
