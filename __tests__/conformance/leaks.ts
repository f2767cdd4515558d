/** What is made is disposed of: no tensor and no buffer of the backend stays behind. */
import * as tf from '@tensorflow/tfjs';
import { gaussianNLL, HiddenLayerDistribution, posteriorMean, predictive } from '../../src/index';
import { bayesianLayers } from '../../src/layers/bayesian';
import { scattered } from '../helpers/closedForms';
import { expectNoLeakLater } from '../helpers/leaks';
import { taken, type Check } from './check';
import { adam, bayesianNet, X, Y } from './nets';
import { savedAndLoaded } from './saving';

const blocks: Record<string, () => Promise<void>> = {
  'a distribution: draws, KL and gradients': async () => {
    const [x, A_mean, A_scale] = [tf.tensor2d(X), tf.tensor2d(scattered(2, 3, 50)), tf.fill([2, 3], 0.2)];
    for (const weight_space_sampling of [false, true]) {
      const layer = new HiddenLayerDistribution({ X: x, A_mean, A_scale, weight_space_sampling });
      const value = layer.rsample([2]);
      const slopes = tf.grads((m, s) =>
        new HiddenLayerDistribution({ X: x, A_mean: m, A_scale: s, weight_space_sampling }).rsample().sum(),
      )([A_mean, A_scale]);
      await taken(layer.log_prob(value), layer.kl(), layer.sample(), value, ...slopes);
    }
    tf.dispose([x, A_mean, A_scale]);
  },
  'a model: made, asked, used and disposed of': async () => {
    const model = bayesianNet(2, 'softmax');
    const x = tf.tensor2d(X);
    for (const layer of bayesianLayers(model)) {
      const { mean, stddev } = layer.gaussians()[0]!.posterior();
      await taken(layer.kl(), mean, stddev);
    }
    const plain = posteriorMean(model);
    await taken(model.predict(x) as tf.Tensor, plain.predict(x) as tf.Tensor);
    const found = await predictive(model, x, { samples: 2 });
    const { total, aleatoric, epistemic } = found.entropy();
    await taken(found.mean(), found.variance(), total, aleatoric, epistemic);
    found.dispose();
    plain.dispose();
    model.dispose();
    x.dispose();
  },
  'training, saving and loading': async () => {
    const model = bayesianNet(1, 'linear');
    const optimizer = adam(0.01);
    model.compile({ optimizer, loss: gaussianNLL({ stddev: 0.1 }) });
    const [x, y] = [tf.tensor2d(X), tf.tensor2d(Y)];
    await model.fit(x, y, { epochs: 2, batchSize: 7, verbose: 0 });
    const loaded = await savedAndLoaded(model);
    loaded.dispose();
    model.dispose();
    tf.dispose([x, y]);
    optimizer.dispose();
  },
};

export const leaks: Check[] = Object.entries(blocks).map(([what, block]) => ({
  name: `No leak: ${what}`,
  run: async () => {
    // What is made once for a backend (a constant, a kernel) is no leak.
    await block();
    await expectNoLeakLater(block);
  },
}));
