/** Seeds: the same one gives the same numbers, 0 is one, and two draws of one sequence have nothing in common. */
import * as tf from '@tensorflow/tfjs';
import { HiddenLayerDistribution, predictive } from '../../src/index';
import { scattered } from '../helpers/closedForms';
import { expectChance, zOfCorrelation } from '../helpers/gaussianTests';
import { taken, type Check } from './check';
import { bayesianNet, X } from './nets';

/** Standard normal numbers: two draws of 0 + 1·ε with one seed. */
async function draws(seed: number, weight_space_sampling: boolean): Promise<[number[], number[]]> {
  const [first, second] = tf.tidy(() => {
    const layer = new HiddenLayerDistribution({
      ...{ X: tf.eye(40), A_mean: tf.zeros([40, 40]), A_scale: tf.ones([40, 40]) },
      ...{ include_hidden_bias: false, weight_space_sampling, seed },
      non_linearity: (z) => z,
    });
    return [layer.sample(), layer.sample()];
  });
  return taken(first, second);
}

const equal = (a: number[], b: number[]): boolean => a.every((v, i) => v === b[i]);
const demand = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

export const seeds: Check[] = [
  ...[false, true].map((weight_space_sampling) => ({
    name: `Seeds of a distribution${weight_space_sampling ? ', weight space' : ''}`,
    run: async () => {
      const sequences: number[][] = [];
      for (const seed of [0, 1, -1, Number.MAX_SAFE_INTEGER]) {
        const [once, again] = [
          await draws(seed, weight_space_sampling),
          await draws(seed, weight_space_sampling),
        ];
        demand(equal(once.flat(), again.flat()), `Seed ${seed} gave two different sequences.`);
        sequences.push(...once);
      }
      expectChance(sequences.flatMap((a, i) => sequences.slice(0, i).map((b) => zOfCorrelation(a, b))));
    },
  })),
  {
    name: 'Seeds of a layer: initial weights and the sequence of draws',
    run: async () => {
      const x = tf.tensor2d(scattered(3, 2, 40));
      const runs = [];
      for (const seed of [0, 0, 1]) {
        const model = bayesianNet(1, 'linear', { KL_factor: 1, seed });
        const drawn = [1, 2].map(() => model.predict(x) as tf.Tensor);
        runs.push(await taken(...model.getWeights().map((w) => w.clone()), ...drawn));
        model.dispose();
      }
      const [one, same, other] = runs.map((run) => run.flat());
      demand(equal(one!, same!), 'Two layers with seed 0 differ.');
      demand(!equal(one!.slice(0, 6), other!.slice(0, 6)), 'Seeds 0 and 1 have the same initial means.');
      const [first, second] = runs[0]!.slice(-2);
      demand(!first!.some((v, i) => v === second![i]), 'Two calls drew the same.');
      x.dispose();
    },
  },
  {
    name: 'Seeds of predictive, whatever the size of its batches is for one A a draw',
    run: async () => {
      const x = tf.tensor2d(X);
      const model = bayesianNet(1, 'linear', { KL_factor: 1, weight_space_sampling: true });
      const means = [];
      for (const [seed, batchSize] of [
        [0, 256],
        [0, 5],
        [1, 256],
      ]) {
        const found = await predictive(model, x, { samples: 2, seed, batchSize });
        means.push(...(await taken(found.mean())));
        found.dispose();
      }
      const far = (a: number[], b: number[]): number => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
      demand(far(means[0]!, means[1]!) < 1e-5, 'The size of the batches changed the draws.');
      demand(far(means[0]!, means[2]!) > 1e-3, 'Another seed made no other draws.');
      model.dispose();
      x.dispose();
    },
  },
];
