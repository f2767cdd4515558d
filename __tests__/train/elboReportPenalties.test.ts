/** Penalties of plain layers: in the loss of fit, and in nothing that elboReport says. */
import * as tf from '@tensorflow/tfjs';
import * as family from '../../src/layers/family';
import { hiddenLayer } from '../../src/layers/hidden';
import { elboReport } from '../../src/train/elboReport';
import { eachBackend } from '../helpers/eachBackend';
import { fitOptions, historyOf, net, WITHOUT_BIASES } from '../helpers/elboNets';
import { dataFor, squares } from '../helpers/modelData';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

eachBackend('elboReport', () => {
  test('penalties of a plain body are in the loss, and not in nll and elbo', async () => {
    const [L2, L1] = [0.3, 0.2];
    const body = tf.layers.dense({
      ...{ units: 4, inputShape: [3], activation: 'tanh' as const },
      kernelRegularizer: tf.regularizers.l2({ l2: L2 }),
      biasRegularizer: tf.regularizers.l1({ l1: L1 }),
      biasInitializer: 'ones',
    });
    const last = family.dense({ units: 2, datasetSize: 8, klWeight: 0.5, seed: 3 });
    const model = tf.sequential({ layers: [body, last] });
    model.compile({ optimizer: tf.train.adam(0.05), loss: squares, metrics: [squares] });
    const { xs, ys, dispose } = dataFor(model, 10);
    const penalty = (): number => {
      const [kernel, bias] = body.getWeights().map((t) => Array.from(t.dataSync()));
      return (
        L2 * kernel!.reduce((sum, w) => sum + w * w, 0) + L1 * bias!.reduce((sum, w) => sum + Math.abs(w), 0)
      );
    };
    const before: number[] = [];
    // A call in training whose loss nobody takes, as MC dropout makes them, changes nothing.
    const look = new tf.CustomCallback({
      onBatchBegin: () => void before.push(penalty()),
      onBatchEnd: () => tf.dispose(model.apply(xs, { training: true }) as tf.Tensor),
    });
    const tensors = async (): Promise<[Record<string, number[]>, number]> => {
      const there = tf.memory().numTensors;
      const callbacks = [elboReport(), look];
      const run = fitOptions({ batchSize: 8, validationSplit: 0.2, callbacks });
      const history = await historyOf(model.fit(xs, ys, run));
      return [history, tf.memory().numTensors - there];
    };
    await tensors();
    before.length = 0;
    const [history, left] = await tensors();
    expect(left).toBe(0);
    const { loss, nll, kl, elbo } = history;
    expectAllClose(loss!, nll!.map((v, i) => v + 0.5 * kl![i]! + before[i]!), { rtol: 1e-5 }); // prettier-ignore
    // The data's part, by TensorFlow.js itself.
    expectAllClose(nll!, history.squares!, { rtol: 1e-4 });
    expectAllClose(elbo!, nll!.map((v, i) => -v - kl![i]!), { rtol: 1e-6 }); // prettier-ignore
    expectAllClose(history.val_nll!, history.val_loss!, { rtol: 1e-6 });
    expect(Math.min(...before)).toBeGreaterThan(0.5);
    dispose();
  });
});

describe('elboReport', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const warnings = collectWarnings();

  test('penalties count as often as fit counts them, and where there are none nobody asks', async () => {
    const plain = (): tf.layers.Layer =>
      tf.layers.dense({ units: 3, kernelRegularizer: tf.regularizers.l2({ l2: 0.3 }), inputShape: [3] });
    const nllBesideMetric = async (model: tf.LayersModel): Promise<void> => {
      model.compile({ optimizer: tf.train.sgd(0.01), loss: squares, metrics: [squares] });
      const { xs, ys, dispose } = dataFor(model, 6);
      const run = fitOptions({ batchSize: 6, callbacks: elboReport({ datasetSize: 6 }) });
      const { nll, squares: data } = await historyOf(model.fit(xs, ys, run));
      expectAllClose(nll!, data!, { rtol: 1e-4 });
      dispose();
    };
    const last = (): tf.layers.Layer =>
      hiddenLayer({ units: 3, KL_factor: 1 / 6, non_linearity: 'tanh', ...WITHOUT_BIASES });
    const shared = plain();
    const input = tf.input({ shape: [3] });
    const twice = shared.apply(shared.apply(input)) as tf.SymbolicTensor;
    const functional = tf.model({ inputs: input, outputs: last().apply(twice) as tf.SymbolicTensor });
    await nllBesideMetric(functional);
    // TensorFlow.js leaves these out of the loss.
    await nllBesideMetric(tf.sequential({ layers: [tf.sequential({ layers: [plain()] }), last()] }));
    const without = net(1 / 6);
    const asked = jest.spyOn(without.layers[0]!, 'calculateLosses');
    await nllBesideMetric(without);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(await warnings()).toEqual([]);
  });
});
