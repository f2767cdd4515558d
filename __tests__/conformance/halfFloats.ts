/**
 * webgl with 16-bit textures, as on older phones: predictions keep 2 digits, training is refused. These demands are not
 * those of the other backends; of their list the ones that ask for no more digits hold here too.
 */
import * as tf from '@tensorflow/tfjs';
import { gaussianNLL, HiddenLayerDistribution, posteriorMean, predictive } from '../../src/index';
import { bayesianLayers } from '../../src/layers/bayesian';
import { elementwise, matMul, type Matrix } from '../helpers/closedForms';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';
import { extremes } from './extremes';
import { moments } from './moments';
import { adam, bayesianNet, X, Y } from './nets';
import { saving } from './saving';
import { seeds } from './seeds';

const withOnes = (A: Matrix): Matrix => A.map((row) => [...row, 1]);

/** Resolves to the message of what it throws. */
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error: unknown) => String(error),
  );

export const halfFloats: Check[] = [
  {
    name: 'The first prediction says what it is worth, and only the first',
    run: async () => {
      const model = bayesianNet(1, 'linear', { KL_factor: 1 });
      const x = tf.tensor2d(X);
      const { warn } = console;
      const said: unknown[] = [];
      console.warn = (message: unknown) => said.push(message);
      try {
        await taken(model.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor);
      } finally {
        console.warn = warn;
      }
      const about = said.filter((message) => String(message).includes('16-bit floats'));
      if (about.length !== 1) throw new Error(`${about.length} of the warnings: ${said.join('; ')}`);
      model.dispose();
      x.dispose();
    },
  },
  {
    name: 'Predictions keep two digits',
    run: async () => {
      const model = bayesianNet(2, 'linear', { KL_factor: 1, A_scale_initializer: 0.01 });
      const [A, B] = await Promise.all(
        bayesianLayers(model).map(async (layer) => {
          const { mean, stddev } = layer.gaussians()[0]!.posterior();
          const values = (await mean.array()) as Matrix;
          tf.dispose([mean, stddev]);
          return values;
        }),
      );
      const expected = matMul(withOnes(elementwise(Math.tanh, matMul(withOnes(X), A!))), B!);
      const plain = posteriorMean(model);
      const x = tf.tensor2d(X);
      const found = await predictive(model, x, { samples: 100, seed: 1 });
      const [plainly, mean] = await taken(plain.predict(x) as tf.Tensor, found.mean());
      const digits = { rtol: 0.01, atol: 0.01 };
      expectAllClose(plainly, expected.flat(), digits);
      // 100 draws of a stddev of about 0.03 leave 0.003.
      expectAllClose(mean, expected.flat(), { rtol: 0.01, atol: 0.03 });
      found.dispose();
      plain.dispose();
      model.dispose();
      x.dispose();
    },
  },
  {
    name: 'Training is refused, and why',
    run: async () => {
      const model = bayesianNet(1, 'linear');
      const optimizer = adam(0.01);
      model.compile({ optimizer, loss: gaussianNLL({ stddev: 0.1 }) });
      const [x, y] = [tf.tensor2d(X), tf.tensor2d(Y)];
      const message = await refusal(model.fit(x, y, { epochs: 1, verbose: 0 }));
      if (!message.includes('training needs 32-bit floats, got webgl with 16-bit textures'))
        throw new Error(`fit threw ${message}`);
      model.dispose();
      tf.dispose([x, y]);
      optimizer.dispose();
    },
  },
  {
    name: 'The reason for the refusal holds: the KL of 784 × 400 weights overflows',
    run: async () => {
      const kl = tf.tidy(() => {
        const [A_mean, A_scale] = [tf.zeros([784, 400]), tf.fill([784, 400], 0.1)];
        return new HiddenLayerDistribution({ X: tf.zeros([1, 784]), A_mean, A_scale }).kl();
      });
      const [value] = await taken(kl);
      if (Number.isFinite(value[0])) throw new Error(`The KL is ${value[0]}.`);
    },
  },
  ...moments,
  ...seeds,
  ...saving,
  ...extremes.filter(({ name }) => name.startsWith('A row of zeros')),
];
