/** Agreement with `pyro.contrib.bnn.HiddenLayer` itself: its values and its gradients, given its noise. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution, type HiddenLayerDistributionOptions } from '../src/distribution';
import type { Matrix } from './helpers/closedForms';
import pyro from './fixtures/pyro.json';
import { moments } from './helpers/denseDraws';
import { eachBackend } from './helpers/eachBackend';
import {
  close,
  distributionOf,
  hasGradient,
  klGradients,
  NON_LINEARITIES,
  pathGradients,
  pyroCases,
  type PyroCase,
} from './helpers/pyroCases';
import { expectAllClose } from './helpers/toBeAllClose';

const cases = pyroCases.map((c) => [c.name, c] as const);

/** The options whose value is not Pyro's default, with our own defaults for the rest. */
function withoutDefaults(c: PyroCase): Partial<HiddenLayerDistributionOptions> {
  const { non_linearity, KL_factor, A_prior_scale, include_hidden_bias, weight_space_sampling } = c;
  return {
    ...(non_linearity !== 'relu' && { non_linearity: NON_LINEARITIES[non_linearity] }),
    ...(KL_factor !== 1 && { KL_factor }),
    ...(A_prior_scale !== 1 && { A_prior_scale }),
    ...(!include_hidden_bias && { include_hidden_bias }),
    ...(weight_space_sampling && { weight_space_sampling }),
  };
}

eachBackend('Pyro', () => {
  test.each(cases)('%s: moments', (_, c) => {
    tf.tidy(() => {
      const { mean, variance } = moments(tf.tensor(c.X), tf.tensor(c.A_mean), tf.tensor(c.A_scale));
      expectAllClose(mean, c.mean, close);
      expectAllClose(variance, c.variance, { rtol: 1e-5, atol: 0 });
    });
  });

  test.each(cases)('%s: output', (_, c) => {
    tf.tidy(() => {
      const output = distributionOf(c).rsample(c.sample_shape, { noise: tf.tensor(c.noise) });
      expectAllClose(output, c.output, close);
    });
  });

  test.each(cases)('%s: what Pyro leaves at its defaults is ours by default', (_, c) => {
    tf.tidy(() => {
      const [X, A_mean, A_scale] = [tf.tensor(c.X), tf.tensor(c.A_mean), tf.tensor(c.A_scale)];
      const layer = new HiddenLayerDistribution({ X, A_mean, A_scale, ...withoutDefaults(c) });
      expectAllClose(layer.rsample(c.sample_shape, { noise: tf.tensor(c.noise) }), c.output, close);
      expectAllClose(layer.log_prob(tf.tensor(c.output)), c.log_prob, { rtol: 1e-5, atol: 0 });
    });
  });

  test.each(cases)('%s: KL and log_prob', (_, c) => {
    tf.tidy(() => {
      const layer = distributionOf(c);
      expectAllClose(layer.kl(), c.KL, { rtol: 1e-5, atol: 0 });
      expectAllClose(layer.log_prob(tf.tensor(c.output)), c.log_prob, { rtol: 1e-5, atol: 0 });
    });
  });

  test.each(cases)('%s: gradient of the KL', (_, c) => {
    tf.tidy(() => {
      const [dMean, dScale] = klGradients(c);
      expectAllClose(dMean, c.grad_KL.A_mean, { rtol: 1e-5, atol: 0 });
      expectAllClose(dScale, c.grad_KL.A_scale, { rtol: 1e-5, atol: 0 });
    });
  });

  test.each(cases.filter(([, c]) => hasGradient(c)))('%s: gradient of the output', (_, c) => {
    tf.tidy(() => {
      const [dX, dMean, dScale] = pathGradients(c);
      expectAllClose(dX, c.grad_path.X, close);
      expectAllClose(dMean, c.grad_path.A_mean, close);
      expectAllClose(dScale, c.grad_path.A_scale, close);
    });
  });

  test('zero-row: where the gradients of Pyro are not numbers, ours are those of the other rows', () => {
    const c = cases.find(([, { grad_path }]) => grad_path.A_scale[0]![0] === null)![1];
    const [X, noise, cotangent] = [c.X, c.noise, c.cotangent].map((rows) => rows as Matrix);
    const others = { ...c, X: X!.slice(1), noise: noise!.slice(1), cotangent: cotangent!.slice(1) };
    tf.tidy(() => {
      const [dX, dMean, dScale] = pathGradients(c);
      const [dOthers, , dScaleOfOthers] = pathGradients(others);
      expectAllClose(dMean, c.grad_path.A_mean, close);
      expectAllClose(dScale, dScaleOfOthers, close);
      expectAllClose(dX.slice(1), dOthers, close);
      expectAllClose(dX.slice(1), (c.grad_path.X as Matrix).slice(1), close);
      // What is left in the row of zeros is the way through the mean: dz · A_meanᵀ.
      const throughMean = tf.matMul(tf.tensor2d([cotangent![0]!]), tf.tensor(c.A_mean), false, true);
      expectAllClose(dX.slice(0, 1), throughMean, close);
    });
  });

  test('five training steps of a three-layer net: losses, means and scales', () => {
    const { X, Y, A_mean, A_scale, learningRate, KL_factor, A_prior_scale, steps } = pyro.training;
    tf.tidy(() => {
      const [x, y] = [tf.tensor2d(X), tf.tensor2d(Y)];
      let means = A_mean.map((m) => tf.tensor2d(m) as tf.Tensor);
      let logScales = A_scale.map((s) => tf.tensor2d(s).log() as tf.Tensor);
      for (const step of steps) {
        const forward = (...weights: tf.Tensor[]): { nll: tf.Tensor; scaledKL: tf.Tensor } => {
          let [h, scaledKL]: tf.Tensor[] = [x, tf.scalar(0)];
          means.forEach((_, i) => {
            const last = i === means.length - 1;
            const layer = new HiddenLayerDistribution({
              X: h!,
              A_mean: weights[i]!,
              A_scale: weights[means.length + i]!.exp(),
              non_linearity: last ? NON_LINEARITIES.linear : tf.tanh,
              KL_factor,
              A_prior_scale,
              include_hidden_bias: !last,
            });
            h = layer.rsample([], { noise: tf.tensor2d(step.noise[i]!) });
            scaledKL = scaledKL!.sub(layer.log_prob(h));
          });
          return { nll: h!.sub(y).square().mean().mul(0.5), scaledKL: scaledKL! };
        };
        const weights = [...means, ...logScales];
        const { nll, scaledKL } = forward(...weights);
        expectAllClose(nll, step.nll, close);
        expectAllClose(scaledKL, step.scaledKL, close);
        const gradients = tf.grads((...w: tf.Tensor[]) => {
          const loss = forward(...w);
          return loss.nll.add(loss.scaledKL);
        })(weights);
        const next = weights.map((w, i) => w.sub(gradients[i]!.mul(learningRate)));
        means = next.slice(0, means.length);
        logScales = next.slice(means.length);
        means.forEach((m, i) => {
          expectAllClose(m, step.A_mean[i]!, close);
          expectAllClose(logScales[i]!.exp(), step.A_scale[i]!, close);
        });
      }
    });
  });
});
