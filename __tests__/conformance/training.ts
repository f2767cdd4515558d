/** A Bayesian net in `fit`. */
import * as tf from '@tensorflow/tfjs';
import {
  elboReport,
  gaussianNLL,
  gradientClipping,
  learnedNoise,
  setKLWeight,
  withScaleColumns,
} from '../../src/index';
import { bayesianLayers } from '../../src/layers/bayesian';
import { clippedSum, fitSteps, GRADIENTS, linearLoss } from '../helpers/clippedSteps';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';
import { adam, bayesianNet, N, X, Y } from './nets';

const stddev = 0.1;

/** The losses of `epochs` steps on all data at once. */
async function losses(model: tf.LayersModel, epochs: number, learningRate: number): Promise<number[]> {
  const optimizer = adam(learningRate);
  model.compile({ optimizer, loss: gaussianNLL({ stddev }) });
  const [x, y] = [tf.tensor2d(X), tf.tensor2d(Y)];
  const { history } = await model.fit(x, y, { epochs, batchSize: N, shuffle: false, verbose: 0 });
  tf.dispose([x, y]);
  optimizer.dispose();
  return history.loss as number[];
}

const mean = (numbers: number[]): number => numbers.reduce((sum, v) => sum + v, 0) / numbers.length;

export const training: Check[] = [
  {
    name: 'fit: the loss falls',
    run: async () => {
      const model = bayesianNet(1, 'linear');
      const history = await losses(model, 25, 0.05);
      const [first, last] = [mean(history.slice(0, 3)), mean(history.slice(-3))];
      if (!(last < 0.5 * first)) throw new Error(`The loss went from ${first} to ${last}.`);
      model.dispose();
    },
  },
  {
    name: 'fit: the loss is nll + klWeight · KL / N, with the KL of the weights before the step',
    run: async () => {
      const T = 0.5;
      const models = [0, T].map((klWeight) => {
        const model = bayesianNet(1, 'linear');
        setKLWeight(model, klWeight);
        return model;
      });
      const layers = bayesianLayers(models[0]!);
      const kls = await taken(...layers.map((layer) => layer.kl()));
      // Equal seeds: equal weights and equal draws, so that the losses differ by the KL alone.
      const [[nll], [loss]] = [await losses(models[0]!, 1, 0.01), await losses(models[1]!, 1, 0.01)];
      expectAllClose(loss! - nll!, (T * kls.flat().reduce((a, b) => a + b)) / N, { rtol: 1e-4 });
      models.forEach((model) => model.dispose());
    },
  },
  {
    name: 'fit: the gradients of all weights arrive',
    run: async () => {
      const model = bayesianNet(1, 'linear');
      const before = await taken(...model.getWeights().map((w) => w.clone()));
      await losses(model, 1, 0.01);
      const after = await taken(...model.getWeights().map((w) => w.clone()));
      // Adam's first step is the learning rate, whatever the gradient; 0 where there is none.
      before
        .flat()
        .forEach((w, i) => expectAllClose(Math.abs(w - after.flat()[i]!), 0.01, { rtol: 0.02, atol: 0 }));
      model.dispose();
    },
  },
  {
    name: 'gradientClipping: the steps are those of the formula',
    run: async () => {
      const optimizer = tf.train.sgd(1);
      const model = linearLoss(optimizer);
      await fitSteps(model, GRADIENTS, [gradientClipping({ factor: 2 })]);
      const found = await taken(...model.getWeights().map((w) => w.clone()));
      expectAllClose(found.flat(), clippedSum(GRADIENTS, 2).map((v) => -v), { rtol: 1e-4 }); // prettier-ignore
      model.dispose();
      optimizer.dispose();
    },
  },
  {
    name: 'evaluate: the loss is the nll alone',
    run: async () => {
      const model = bayesianNet(1, 'linear', { KL_factor: 1e6, A_scale_initializer: 1e-6 });
      const optimizer = adam(0.01);
      model.compile({ optimizer, loss: gaussianNLL({ stddev }) });
      const [x, y] = [tf.tensor2d(X), tf.tensor2d(Y)];
      const results = tf.tidy(() => {
        const predicted = model.predict(x) as tf.Tensor;
        return [model.evaluate(x, y) as tf.Scalar, gaussianNLL({ stddev })(y, predicted).mean()];
      });
      const [loss, nll] = await taken(...results);
      // With scales of 1e-6 the draws differ by less than that.
      expectAllClose(loss!, nll!, { rtol: 1e-4 });
      model.dispose();
      tf.dispose([x, y]);
      optimizer.dispose();
    },
  },
  {
    name: 'elboReport: loss = nll + kl, val_loss = val_nll, elbo = −(nll + kl)',
    run: async () => {
      const model = bayesianNet(1, 'linear');
      const optimizer = adam(0.01);
      model.compile({ optimizer, loss: gaussianNLL({ stddev }) });
      const [x, y] = [tf.tensor2d(X), tf.tensor2d(Y)];
      const [xHeldOut, yHeldOut] = [tf.tensor2d(X.slice(0, 5)), tf.tensor2d(Y.slice(0, 5))];
      const { history } = await model.fit(x, y, {
        ...{ epochs: 2, batchSize: N / 2, verbose: 0, callbacks: elboReport() },
        validationData: [xHeldOut, yHeldOut],
      });
      const of = (key: string): number[] => history[key] as number[];
      const close = { rtol: 1e-4, atol: 1e-4 };
      expectAllClose(
        of('loss'),
        of('nll').map((nll, i) => nll + of('kl')[i]!),
        close,
      );
      expectAllClose(
        of('elbo'),
        of('loss').map((loss) => -loss),
        close,
      );
      expectAllClose(of('val_nll'), of('val_loss'), close);
      model.dispose();
      tf.dispose([x, y, xHeldOut, yHeldOut]);
      optimizer.dispose();
    },
  },
  {
    name: 'learnedNoise: the stddev moves to that of the data',
    run: async () => {
      const noise = learnedNoise({ stddev: 1, inputShape: [1] });
      const model = tf.sequential({ layers: [noise] });
      const optimizer = adam(0.1);
      model.compile({ optimizer, loss: gaussianNLL({ stddev: 'output' }) });
      // With the mean at 0 the most likely stddev is the root of the mean square: 0.5.
      const y = tf.tidy(() => withScaleColumns(tf.tensor2d([[0.5], [-0.5], [0.5], [-0.5]])));
      const x = tf.zeros([4, 1]);
      await model.fit(x, y, { epochs: 60, verbose: 0 });
      const [found] = await taken(noise.stddev());
      expectAllClose(found, [0.5], { rtol: 0.02 });
      model.dispose();
      tf.dispose([x, y]);
      optimizer.dispose();
    },
  },
];
