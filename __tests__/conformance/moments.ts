/**
 * Moments of the draws against the closed form: mean = X·A_mean, variance = X²·A_scale², and the covariance of two rows,
 * which is 0 where each is drawn by itself and Σ_d x_d x'_d s_d² where one A serves both.
 *
 * Seeded; the bounds follow from the number of draws and a chance of a false alarm of 1e-6 (`gaussianTests.ts`).
 */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution, hiddenLayer, predictive, type HiddenLayer } from '../../src/index';
import { elementwise, matMul, momentsOf, rounded, scattered, transpose } from '../helpers/closedForms';
import { expectChance, zOfCovariance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { taken, type Check } from './check';

const [B, D, H] = [3, 4, 2];
const X = scattered(B, D, 7);
const A_mean = scattered(D, H, 8);
const A_scale = rounded(elementwise((a) => 0.1 + Math.abs(a) / 2, scattered(D, H, 9)));
const { mean, variance } = momentsOf(X, A_mean, A_scale);

/** For each unit the covariance [B, B] of the rows with one A for all of them. */
const covariances = transpose(A_scale).map((scales) =>
  matMul(
    X.map((row) => row.map((x, d) => x * scales[d]!)),
    transpose(X.map((row) => row.map((x, d) => x * scales[d]!))),
  ),
);

/** z-scores of draws [S, B, H] of the pre-activations, one after the other in `draws`. */
function zScores(draws: number[], oneA: boolean): number[] {
  const column = (b: number, h: number): number[] => draws.filter((_, i) => i % (B * H) === b * H + h);
  const scores: number[] = [];
  for (let h = 0; h < H; h++)
    for (let b = 0; b < B; b++) {
      const [z, v] = [column(b, h), variance[b]![h]!];
      scores.push(zOfMean(z, mean[b]![h]!, v), zOfVariance(z, v));
      for (let other = 0; other < b; other++) {
        const centred = [z, column(other, h)].map((zs, i) => zs.map((w) => w - mean[[b, other][i]!]![h]!));
        const expected = oneA ? covariances[h]![b]![other]! : 0;
        scores.push(zOfCovariance(centred[0]!, centred[1]!, expected, v, variance[other]![h]!));
      }
    }
  return scores;
}

/** A layer with the weights above, and the model that disposes of it. */
function linearLayer(
  weight_space_sampling: boolean,
  seed: number,
): { layer: HiddenLayer; model: tf.LayersModel } {
  const layer = hiddenLayer({
    ...{ units: H, inputShape: [D], include_input_bias: false, include_hidden_bias: false },
    ...{ KL_factor: 1, non_linearity: 'linear', weight_space_sampling, seed },
  });
  const model = tf.sequential({ layers: [layer] });
  layer.setPosterior({ A_mean, A_scale });
  return { layer, model };
}

export const moments: Check[] = [false, true].flatMap((weight_space_sampling) => {
  const way = weight_space_sampling ? 'weight space' : 'local reparameterization';
  return [
    {
      name: `Moments of the draws of a distribution, ${way}`,
      run: async () => {
        const draws = tf.tidy(() =>
          new HiddenLayerDistribution({
            ...{ X: tf.tensor2d(X), A_mean: tf.tensor2d(A_mean), A_scale: tf.tensor2d(A_scale) },
            ...{ weight_space_sampling, include_hidden_bias: false, seed: 11 },
            non_linearity: (z) => z,
          }).sample([5000]),
        );
        const [values] = await taken(draws);
        expectChance(zScores(values, weight_space_sampling));
      },
    },
    {
      name: `Moments of the draws of a layer, ${way}`,
      run: async () => {
        const { layer, model } = linearLayer(weight_space_sampling, 12);
        // Where each row has its own noise, many rows at once are many draws; one A for all is a call for each draw.
        const draws = tf.tidy(() =>
          weight_space_sampling
            ? tf.stack(Array.from({ length: 500 }, () => layer.apply(tf.tensor2d(X)) as tf.Tensor))
            : (layer.apply(tf.tile(tf.tensor2d(X), [5000, 1])) as tf.Tensor),
        );
        const [values] = await taken(draws);
        expectChance(zScores(values, weight_space_sampling));
        model.dispose();
      },
    },
    {
      name: `Moments of the draws of predictive, ${way}`,
      run: async () => {
        const { model } = linearLayer(weight_space_sampling, 13);
        const x = tf.tensor2d(X);
        const found = await predictive(model, x, { samples: 1500, seed: 14, draws: true });
        const [values] = await taken(found.draws());
        expectChance(zScores(values, weight_space_sampling));
        found.dispose();
        model.dispose();
        x.dispose();
      },
    },
  ];
});
