/** Mean and variance of a model's output without any draw: they are pushed through the layers in one pass. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, refuse } from '../check';
import { someBayesianLayers } from '../layers/bayesian';
import { walk } from '../layers/walk';
import { warnOfBiases } from '../layers/warnings';
import { checkedInputs, type Inputs } from './inputs';
import { throughLayer, type Known } from './momentRules';

export interface PredictiveMomentsOptions {
  /** Rows that go through the model at once. @defaultValue 128 */
  batchSize?: number;
}

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type PredictiveMoments = {
  /** Predictive mean, [N, ...outputs]; of a softmax output the predictive probabilities. */
  mean: tf.Tensor;
  /** Variance (not stddev) of the output over the weights, its epistemic part, [N, ...outputs]. */
  variance: tf.Tensor;
};

const WHO = 'predictiveMoments';

/**
 * What `predictive` finds with many draws, approximately, in the time of a few: each layer's pre-activations get
 * their mean and variance from those of its inputs,
 *
 *     E[z] = E[h] · A_mean,     Var[z] = Var[h] · A_mean² + (Var[h] + E[h]²) · A_scale²
 *
 * and are taken for Gaussian to go through the activation (as in probabilistic backpropagation, Hernández-Lobato &
 * Adams 2015, arXiv:1502.05336; the variance is that of Wu et al. 2019, arXiv:1810.03958, without covariances).
 *
 * Two things are dropped. The units of a layer share their inputs and are correlated from the second layer on; here
 * they count as independent, which makes the variance too small or too large where the next layer adds them up, and the
 * more so the deeper the net and the wider its posterior: in two trained 1-16-16-1 nets the stddev came out between 0.76
 * and 1.15 of that of 1e5 draws, the mean off by less than 0.01 stddevs. And a sum of few units is not quite Gaussian. A
 * net of linear layers has its mean exactly, and with one layer everything. A layer of weight space has the same moments
 * as any other.
 *
 * Through relu, leakyReLU and linear the moments of a Gaussian are exact, through tanh, sigmoid, softplus, elu and
 * others to the errors in `gaussianActivations.ts`, through softmax to those in `softmaxMoments.ts`.
 *
 * @param x as for `predictive`; it stays the caller's.
 * @returns fresh tensors, the caller's.
 * @throws if a layer behind a Bayesian one has no rule (by its name), the model has several outputs or no Bayesian
 * layer, or x does not fit, has no rows or holds a NaN.
 */
export async function predictiveMoments(
  model: tf.LayersModel,
  x: Inputs,
  options: PredictiveMomentsOptions = {},
): Promise<PredictiveMoments> {
  checkKeys(WHO, options, ['batchSize']);
  const { batchSize = 128 } = options;
  checkPositiveInteger(WHO, 'batchSize', batchSize);
  someBayesianLayers(WHO, model);
  if (model.outputs.length !== 1)
    refuse(
      WHO,
      'the model must have one output',
      String(model.outputs.length),
      'make a tf.model with the one you want',
    );
  const xs = await checkedInputs(WHO, model, x);
  warnOfBiases(model);
  return tf.tidy(() => {
    const rows = xs[0]!.shape[0];
    const parts = Array.from({ length: Math.ceil(rows / batchSize) }, (_, i) =>
      tf.tidy(() => {
        const start = i * batchSize;
        return ofBatch(
          model,
          xs.map((all) => all.slice(start, Math.min(batchSize, rows - start))),
        );
      }),
    );
    return {
      mean: tf.concat(
        parts.map(({ mean }) => mean),
        0,
      ),
      variance: tf.concat(
        parts.map(({ variance }) => variance),
        0,
      ),
    };
  });
}

function ofBatch(model: tf.LayersModel, xs: tf.Tensor[]): PredictiveMoments {
  const exact = xs.map((mean): Known => ({ mean, variance: undefined }));
  const [{ mean, variance } = exact[0]!] = walk(model, exact, throughLayer);
  return { mean, variance: variance ?? tf.zerosLike(mean) };
}
