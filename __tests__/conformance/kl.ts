/**
 * The KL where it is hard: near equality of posterior and prior, where the textbook form returns 0 in float32, and where
 * expm1 and log1p of webgl and webgpu lose their digits; and many powers of ten apart.
 */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution, hiddenLayer } from '../../src/index';
import { klOf, klSlopeInPrior, klSlopeInScale } from '../helpers/closedForms';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';

const RELATIVE = { rtol: 3e-6, atol: 0 };

interface Weight {
  m: number;
  s: number;
  p: number;
}

/** Rounded to float32: the reference starts from the numbers that the backend gets. */
const weight = (m: number, s: number, p: number): Weight => ({
  m: Math.fround(m),
  s: Math.fround(s),
  p: Math.fround(p),
});

const nearEquality = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, -1e-6, -1e-5, -1e-4, -1e-3, -1e-2, -1e-1].flatMap(
  (δ) => [weight(0, 1 + δ, 1), weight(0, 0.3 * (1 + δ), 0.3), weight(δ, 7 * (1 + δ), 7)],
);
const farApart = [1e-6, 1e-3, 0.1, 0.4, 0.6, 1.6, 3, 10, 1e3].flatMap((ratio) => [
  weight(0.5, ratio, 1),
  weight(-2, 0.03 * ratio, 0.03),
]);

/** The KL of each weight by itself, with its gradients: a sum would hide the small ones. */
async function compare(weights: Weight[], gradients: boolean): Promise<void> {
  for (const { m, s, p } of weights) {
    const results = tf.tidy(() => {
      const kl = (A_mean: tf.Tensor, A_scale: tf.Tensor, A_prior_scale: tf.Tensor): tf.Tensor =>
        new HiddenLayerDistribution({ X: tf.ones([1, 1]), A_mean, A_scale, A_prior_scale }).kl();
      const inputs = [m, s, p].map((v) => tf.tensor2d([[v]]));
      const [value, ...slopes] = [kl(inputs[0]!, inputs[1]!, inputs[2]!), ...tf.grads(kl)(inputs)];
      return gradients ? slopes : [value];
    });
    const expected = gradients
      ? [m / p ** 2, klSlopeInScale(s, p), klSlopeInPrior(m, s, p)]
      : [klOf(m, s, p)];
    const actual = await taken(...results);
    try {
      expectAllClose(actual.flat(), expected, RELATIVE);
    } catch (error) {
      throw new Error(`With m = ${m}, s = ${s}, p = ${p}: ${String(error)}`, { cause: error });
    }
  }
}

export const kl: Check[] = [
  ...(
    [
      ['near equality of posterior and prior', nearEquality],
      ['of posterior and prior far apart', farApart],
    ] as const
  ).flatMap(([where, weights]) => [
    { name: `KL ${where}`, run: () => compare(weights, false) },
    { name: `Gradients of the KL ${where}`, run: () => compare(weights, true) },
  ]),
  {
    name: 'KL of a layer near equality, from the logarithms of its scales',
    run: async () => {
      const δs = [1e-3, 1e-4, 1e-5, -1e-5, -1e-4, -1e-3].map(Math.fround);
      for (const δ of δs) {
        const layer = hiddenLayer({
          units: 1,
          KL_factor: 1,
          inputShape: [1],
          include_input_bias: false,
          include_hidden_bias: false,
        });
        const model = tf.sequential({ layers: [layer] });
        layer.setWeights([tf.zeros([1, 1]), tf.tensor2d([[δ]])]);
        const [value] = await taken(layer.kl());
        const slopes = tf.tidy(() => tf.variableGrads(() => layer.kl()).grads);
        const slope = await taken(...Object.values(slopes));
        expectAllClose(value, [0.5 * (2 * δ) ** 2 * (0.5 + δ / 3 + δ ** 2 / 6)], RELATIVE);
        expectAllClose(slope.flat(), [0, Math.expm1(2 * δ)], RELATIVE);
        model.dispose();
      }
    },
  },
];
