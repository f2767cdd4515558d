/** The number of training examples: given, taken from fit or from the layers, or not known. */
import * as tf from '@tensorflow/tfjs';
import { bayesianLayers } from '../../src/layers/bayesian';
import { elboReport, type ElboReportOptions } from '../../src/train/elboReport';
import { fitOptions, historyOf, klOf, net } from '../helpers/elboNets';
import { dataFor } from '../helpers/modelData';
import { collectWarnings } from '../helpers/warnings';

describe('elboReport', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const warnings = collectWarnings();

  test('warns when the layers were told another number of examples than fit trains on, each time', async () => {
    const model = net(1 / 10);
    const { xs, ys, dispose } = dataFor(model, 10);
    const run = { epochs: 1, validationSplit: 0.2, callbacks: elboReport() };
    await model.fit(xs, ys, fitOptions(run));
    const [first, second] = bayesianLayers(model).map(({ name }) => name);
    expect(await warnings()).toEqual([
      'tfjs-bnn: elboReport: 8 examples are trained on, so the KL factor must be 1/8 for the loss to be the negative ELBO per example; ' +
        `${first} has 1/10, ${second} has 1/10. setDatasetSize(model, 8) sets it for all layers; the rows of a validation split do not count.`,
    ]);
    dispose();
  });

  test('takes a datasetSize that counts something else, e.g. positions', async () => {
    const model = net(1 / 80);
    const { xs, ys, dispose } = dataFor(model, 10);
    const history = await historyOf(
      model.fit(xs, ys, fitOptions({ epochs: 1, callbacks: elboReport({ datasetSize: 80 }) })),
    );
    expect(await warnings()).toEqual([]);
    expect(history.kl![0]).toBeLessThan(klOf(model) / 40);
    dispose();
  });

  test('in fitDataset needs to know N', async () => {
    const model = net(1);
    const { xs, ys, dispose } = dataFor(model, 4);
    const dataset = tf.data.generator(function* () {
      yield { xs: xs.clone(), ys: (ys as tf.Tensor).clone() };
    });
    await expect(
      model.fitDataset(dataset, { epochs: 1, verbose: 0, callbacks: elboReport() }),
    ).rejects.toThrow('fitDataset does not tell it: elboReport({datasetSize: N})');
    dispose();
  });

  test.each([
    [{ datasetSize: 0 }, 'datasetSize must be a whole number of at least 1, got 0'],
    [{ N: 10 }, 'options must be among datasetSize, got N'],
  ])('refuses %j', (wrong, message) => {
    expect(() => elboReport(wrong as ElboReportOptions)).toThrow(`elboReport: ${message}`);
  });
});
