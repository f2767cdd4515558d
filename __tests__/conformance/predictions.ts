/** The predictive distribution of a whole net, and the plain net of its posterior means. */
import * as tf from '@tensorflow/tfjs';
import { posteriorMean, posteriorSample, predictive } from '../../src/index';
import { bayesianLayers } from '../../src/layers/bayesian';
import { elementwise, matMul, type Matrix } from '../helpers/closedForms';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';
import { bayesianNet, N, X } from './nets';

const withOnes = (A: Matrix): Matrix => A.map((row) => [...row, 1]);
const entropyOf = (p: number[]): number => -p.reduce((sum, v) => sum + v * Math.log(v), 0);
const average = (rows: number[][]): number[] =>
  rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);

export const predictions: Check[] = [
  {
    name: 'predictive: mean, variance and entropies are those of its draws',
    run: async () => {
      const model = bayesianNet(3, 'softmax', { KL_factor: 1, A_scale_initializer: 0.5 });
      const x = tf.tensor2d(X);
      const found = await predictive(model, x, { samples: 7, seed: 3, draws: true, batchSize: 10 });
      const draws = (await found.draws().array()) as number[][][];
      const { total, aleatoric, epistemic } = found.entropy();
      const split = found.varianceSplit();
      const actual = await taken(
        ...[found.mean(), found.variance(), total, aleatoric, epistemic, split.epistemic],
      );
      tf.dispose([split.total, split.aleatoric]);

      for (let n = 0; n < N; n++) {
        const rows = draws.map((draw) => draw[n]!);
        const mean = average(rows);
        const variance = average(rows.map((row) => row.map((v, c) => (v - mean[c]!) ** 2)));
        const ofIndicator = mean.map((p) => p * (1 - p));
        const within = average(rows.map((row) => [entropyOf(row)]))[0]!;
        const close = { rtol: 1e-4, atol: 3e-6 };
        expectAllClose(actual[0].slice(3 * n, 3 * n + 3), mean, close);
        expectAllClose(actual[1].slice(3 * n, 3 * n + 3), ofIndicator, close);
        expectAllClose(actual[5].slice(3 * n, 3 * n + 3), variance, close);
        expectAllClose(
          [actual[2][n]!, actual[3][n]!, actual[4][n]!],
          [entropyOf(mean), within, entropyOf(mean) - within],
          close,
        );
      }
      found.dispose();
      model.dispose();
      x.dispose();
    },
  },
  {
    name: 'posteriorMean: the plain net computes with the mean weights',
    run: async () => {
      const model = bayesianNet(2, 'linear');
      const plain = posteriorMean(model);
      const posteriors = bayesianLayers(model).map((layer) => layer.gaussians()[0]!.posterior());
      const [A, B] = await Promise.all(posteriors.map(({ mean }) => mean.array() as Promise<Matrix>));
      const hidden = elementwise(Math.tanh, matMul(withOnes(X), A!));
      const x = tf.tensor2d(X);
      const predicted = plain.predict(x) as tf.Tensor;
      expectAllClose(await predicted.array(), matMul(withOnes(hidden), B!), { rtol: 1e-4, atol: 1e-5 });
      tf.dispose([x, predicted, posteriors]);
      plain.dispose();
      model.dispose();
    },
  },
  {
    name: 'posteriorSample: the plain net is the first draw of predictive with its seed',
    run: async () => {
      const model = bayesianNet(2, 'linear', { KL_factor: 1, weight_space_sampling: true });
      const plain = posteriorSample(model, { seed: 5 });
      const x = tf.tensor2d(X);
      const found = await predictive(model, x, { samples: 1, seed: 5 });
      const [drawn, predicted] = await taken(found.mean(), plain.predict(x) as tf.Tensor);
      expectAllClose(predicted, drawn, { rtol: 1e-4, atol: 1e-5 });
      found.dispose();
      plain.dispose();
      model.dispose();
      x.dispose();
    },
  },
];
