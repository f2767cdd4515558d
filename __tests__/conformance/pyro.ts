/** Agreement with `pyro.contrib.bnn.HiddenLayer`, given its noise: values, KL and the gradients of both. */
import * as tf from '@tensorflow/tfjs';
import {
  close,
  distributionOf,
  hasGradient,
  klGradients,
  pathGradients,
  pyroCases,
} from '../helpers/pyroCases';
import { expectAllClose } from '../helpers/toBeAllClose';
import type { Check } from './check';

export const pyro: Check[] = pyroCases.flatMap((c) => [
  {
    name: `Pyro, ${c.name}: output`,
    run: async () => {
      const output = tf.tidy(() => distributionOf(c).rsample(c.sample_shape, { noise: tf.tensor(c.noise) }));
      expectAllClose(await output.array(), c.output, close);
      output.dispose();
    },
  },
  {
    name: `Pyro, ${c.name}: KL, log_prob and the gradient of the KL`,
    run: async () => {
      const [kl, logProb, dMean, dScale] = tf.tidy(() => {
        const layer = distributionOf(c);
        return [layer.kl(), layer.log_prob(tf.tensor(c.output)), ...klGradients(c)];
      });
      const exact = { rtol: 1e-5, atol: 0 };
      expectAllClose(await kl.array(), c.KL, exact);
      expectAllClose(await logProb.array(), c.log_prob, exact);
      expectAllClose(await dMean.array(), c.grad_KL.A_mean, exact);
      expectAllClose(await dScale.array(), c.grad_KL.A_scale, exact);
      tf.dispose([kl, logProb, dMean, dScale]);
    },
  },
  ...(hasGradient(c)
    ? [
        {
          name: `Pyro, ${c.name}: gradients of the output`,
          run: async () => {
            const [dX, dMean, dScale] = tf.tidy(() => pathGradients(c));
            expectAllClose(await dX.array(), c.grad_path.X, close);
            expectAllClose(await dMean.array(), c.grad_path.A_mean, close);
            expectAllClose(await dScale.array(), c.grad_path.A_scale, close);
            tf.dispose([dX, dMean, dScale]);
          },
        },
      ]
    : []),
]);
