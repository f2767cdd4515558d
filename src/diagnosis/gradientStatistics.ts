/**
 * The gradient of the loss on a batch, over several draws of the weights: its noise, and how far the scales are from rest.
 *
 * With L = nll + f · KL, f = klWeight · KL_factor, and G = ∂nll/∂ ln s, the slope of one weight in its log-scale is
 *
 *     ∂L/∂ ln s  =  G + f · (s²/p² − 1)
 *
 * and 0 at rest. In units of f, averaged over the weights of a layer, it is −1 where the scales are so small that the data do
 * not see them, and above 0 where they are too large.
 */
import * as tf from '@tensorflow/tfjs';
import type { BayesianLayer } from '../layers/bayesian';

export interface GradientStatistics {
  /** Stddev of the gradient with respect to the means over draws, as a multiple of its mean: both as Euclidean norms. */
  gradientNoise: number;
  /** The slope above, in units of f: 0 at rest, −1 at the start from small scales. NaN where f is 0. */
  scaleSlope: number;
}

/** For each layer; `nll` runs the model once, with fresh draws, and gives the mean loss without any KL. */
export async function gradientStatistics(
  layers: BayesianLayer[],
  nll: () => tf.Scalar,
  draws: number,
): Promise<GradientStatistics[]> {
  const tensors = layers.map((layer) => layer.gaussians());
  const variables = tensors.flat().flatMap((tensor) => Object.values(tensor.read()) as tf.Variable[]);
  const alone = (): tf.Scalar => {
    const loss = nll();
    // It is added below, in closed form: asked for here, no layer warns that its loss went without.
    layers.forEach((layer) => layer.kl());
    return loss;
  };
  const sums = await sumsOverDraws(variables, alone, draws);
  return Promise.all(
    layers.map(async (layer, l) => {
      const f = layer.klWeight * layer.klFactor;
      const own = sums.splice(0, 2 * tensors[l]!.length);
      const numbers = tf.tidy(() => {
        const parts = tensors[l]!.map((tensor, i) => {
          const [mean, scale] = [own[2 * i]!, own[2 * i + 1]!];
          const average = tf.div(mean.sum, draws);
          const variance = tf.sum(tf.sub(tf.div(mean.squares, draws), tf.square(average)));
          const pull = tf.sub(tf.square(tf.div(tensor.posterior().stddev, tensor.prior().stddev)), 1);
          const slope = tf.sum(tf.add(tf.div(scale.sum, draws), tf.mul(f, pull)));
          return tf.stack([variance, tf.sum(tf.square(average)), slope]);
        });
        return tf.addN(parts);
      });
      const [variance, square, slope] = (await numbers.data()) as unknown as [number, number, number];
      tf.dispose([numbers, ...own.flatMap(({ sum, squares }) => [sum, squares])]);
      const unbiased = (variance * draws) / (draws - 1);
      const weights = tensors[l]!.reduce((n, { shape }) => n + tf.util.sizeFromShape(shape), 0);
      return {
        gradientNoise: Math.sqrt(Math.max(0, unbiased) / square),
        scaleSlope: f === 0 ? NaN : slope / weights / f,
      };
    }),
  );
}

interface Sums {
  sum: tf.Tensor;
  squares: tf.Tensor;
}

/** Σ g and Σ g² over the draws, for each variable. */
async function sumsOverDraws(variables: tf.Variable[], nll: () => tf.Scalar, draws: number): Promise<Sums[]> {
  let sums: Sums[] = variables.map(({ shape }) => ({ sum: tf.zeros(shape), squares: tf.zeros(shape) }));
  for (let s = 0; s < draws; s++) {
    const before = sums;
    try {
      sums = tf.tidy(() => {
        const { grads } = tf.variableGrads(nll, variables);
        return before.map(({ sum, squares }, i) => {
          const g = grads[variables[i]!.name]!;
          return { sum: tf.add(sum, g), squares: tf.add(squares, tf.square(g)) };
        });
      });
    } finally {
      tf.dispose(before.flatMap(({ sum, squares }) => [sum, squares]));
    }
    await tf.nextFrame();
  }
  return sums;
}
