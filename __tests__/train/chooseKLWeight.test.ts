import * as tf from '@tensorflow/tfjs';
import {
  chooseKLWeight,
  gaussianNLL,
  learnedNoise,
  logPredictiveDensity,
  predictive,
  type ChooseKLWeightOptions,
} from '../../src';
import { bayesianLayers } from '../../src/layers/bayesian';
import { FoldsOfData } from '../../src/train/foldsOfData';
import { onBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { hidden, output, sequential } from '../helpers/models';

onBackend('cpu', 'chooseKLWeight', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  /** A line through 40 points with the noise that the loss knows. */
  const x = (): tf.Tensor => tf.linspace(-1, 1, 40).reshape([40, 1]);
  const y = (): tf.Tensor =>
    x()
      .mul(2)
      .add(tf.randomNormal([40, 1], 0, 0.5, 'float32', 3));
  const line = (loss = gaussianNLL({ stddev: 0.5 })): tf.LayersModel => {
    const model = sequential(
      output({ units: 1, inputShape: [1], include_input_bias: true, seed: 1, KL_factor: undefined }),
    );
    model.compile({ optimizer: tf.train.adam(0.1), loss });
    return model;
  };
  const OPTIONS: ChooseKLWeightOptions = {
    fit: { epochs: 20, batchSize: 40, shuffle: false },
    seed: 2,
    folds: 2,
  };

  test('takes the weight that predicts best, and not 1 where 1 is far off', async () => {
    // 40,000 and more times the KL hold the line down.
    const { weight, table } = await chooseKLWeight(
      line,
      { x: x(), y: y() },
      { ...OPTIONS, weights: [1000, 10, 1] },
    );
    expect(table.map((row) => row.weight)).toEqual([1000, 10, 1]);
    expect(weight).toBe(1);
    expect(table[0]!.nll).toBeGreaterThan(table[2]!.nll + 2 * table[2]!.standardError);
    const far = await chooseKLWeight(line, { x: x(), y: y() }, { ...OPTIONS, weights: [1000, 1e4, 0.5] });
    expect(far.weight).toBe(0.5);
  });

  test('prefers 1 to one that is better by less than a standard error', async () => {
    const { weight, table } = await chooseKLWeight(
      line,
      { x: x(), y: y() },
      { ...OPTIONS, weights: [0.9, 1, 1.1] },
    );
    const best = table.reduce((a, b) => (b.nll < a.nll ? b : a));
    const one = table[1]!;
    expect(one.nll).toBeLessThan(best.nll + best.standardError);
    expect(best.weight).not.toBe(1);
    expect(weight).toBe(1);
  });

  test('its table is what one would find by hand, and repeats itself', async () => {
    const data = { x: x(), y: y() };
    const { table } = await chooseKLWeight(line, data, { ...OPTIONS, folds: 4, weights: [1] });
    const model = line();
    const folds = new FoldsOfData('by hand', model, data, 4, 2);
    const nlls: number[][] = [];
    for (let k = 0; k < 4; k++) {
      const { train, heldOut } = folds.fold(k);
      expect([train.rows, heldOut.rows]).toEqual([30, 10]);
      const net = line();
      bayesianLayers(net).forEach((layer) => (layer.klFactor = 1 / 30));
      await net.fit(train.x, train.y, { ...(OPTIONS.fit as tf.ModelFitArgs), verbose: 0 });
      // Draws are other ones: enough of them for a hundredth.
      const p = await predictive(net, heldOut.x, { samples: 2000, seed: 9 });
      const density = logPredictiveDensity(p.draws(), heldOut.y[0]!, gaussianNLL({ stddev: 0.5 }));
      nlls.push(Array.from(density.dataSync(), (v) => -v));
      p.dispose();
      net.dispose();
    }
    model.dispose();
    const all = tf.tensor2d(nlls);
    expect(table[0]!.nll).toBeCloseTo(all.mean().dataSync()[0]!, 1);
    const spread = (t: tf.Tensor): number => Math.sqrt(tf.moments(t).variance.dataSync()[0]! / (t.size - 1));
    expect(table[0]!.standardError).toBeCloseTo(Math.max(spread(all), spread(all.mean(1))), 1);
    const again = await chooseKLWeight(line, data, { ...OPTIONS, folds: 4, weights: [1] });
    expect(again.table).toEqual(table);
  });

  test('holds out every row once, in an order that the seed decides', () => {
    const model = line();
    const rows = tf.range(0, 10).reshape([10, 1]);
    const heldOut = (seed: number): number[] => {
      const folds = new FoldsOfData('test', model, { x: rows, y: rows.reshape([10]) }, 3, seed);
      return [0, 1, 2].flatMap((k) => {
        const { train, heldOut: held } = folds.fold(k);
        const both = tf.concat([train.y[0]!, held.x[0]!]).dataSync();
        expect(Array.from(both).sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i));
        return Array.from(held.y[0]!.dataSync());
      });
    };
    expect([...heldOut(1)].sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i));
    expect(heldOut(1)).toEqual(heldOut(1));
    expect(heldOut(1)).not.toEqual(heldOut(2));
    model.dispose();
  });

  test('asks for what fit gets at each training, tells its progress, warns of learned noise, leaves nothing', async () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    const data = { x: x(), y: y() };
    const noisy = (): tf.LayersModel => {
      const model = sequential(hidden({ inputShape: [1] }), output({ units: 1 }), learnedNoise());
      model.compile({ optimizer: 'sgd', loss: gaussianNLL({ stddev: 'output' }) });
      return model;
    };
    const fit = jest.fn((_: tf.LayersModel, __: number) => ({ epochs: 1 }));
    const told: number[] = [];
    await expectNoLeakLater(async () => {
      await chooseKLWeight(noisy, data, {
        fit,
        weights: [1, 0.1],
        folds: 2,
        onProgress: (done) => told.push(done),
      });
    });
    expect(told).toEqual([0.25, 0.5, 0.75, 1]);
    expect(fit).toHaveBeenCalledTimes(4);
    expect(fit.mock.calls.map(([model, examples]) => [bayesianLayers(model).length, examples])).toEqual(
      told.map(() => [2, 20]),
    );
    expect(warn.mock.calls.flat().join()).toMatch(
      /^tfjs-bnn: chooseKLWeight: the noise is learned, and a klWeight below 1/,
    );
    warn.mockClear();
    await chooseKLWeight(noisy, data, { fit, weights: [1], folds: 2 });
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'a model in place of its maker',
      () => chooseKLWeight(tf.sequential() as never, { x: x(), y: y() }, OPTIONS),
      'chooseKLWeight: makeModel must be a function',
    ],
    [
      'nothing to fit with',
      () => chooseKLWeight(line, { x: x(), y: y() }, {} as never),
      'fit must be what model.fit takes',
    ],
    [
      'a weight of 0',
      () => chooseKLWeight(line, { x: x(), y: y() }, { ...OPTIONS, weights: [1, 0] }),
      'every weight must be a finite number above 0, got 0',
    ],
    [
      'no weight',
      () => chooseKLWeight(line, { x: x(), y: y() }, { ...OPTIONS, weights: [] }),
      'weights must be an array',
    ],
    [
      'one fold',
      () => chooseKLWeight(line, { x: x(), y: y() }, { ...OPTIONS, folds: 1 }),
      'folds must be at least 2, got 1',
    ],
    [
      'more folds than rows',
      () => chooseKLWeight(line, { x: x(), y: y() }, { ...OPTIONS, folds: 41 }),
      'one row for each of 41 folds, got 40',
    ],
    [
      'other rows',
      () => chooseKLWeight(line, { x: x(), y: tf.ones([3, 1]) }, OPTIONS),
      'all tensors of data must have 40 rows, got [3, 1]',
    ],
  ])('refuses %s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });

  test('refuses a loss that tells no likelihood, and leaves nothing behind then', async () => {
    const data = { x: x(), y: y() };
    const make = (): tf.LayersModel => {
      const model = sequential(output({ units: 1, inputShape: [1] }));
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      return model;
    };
    await expectCleanRejection(
      () => chooseKLWeight(make, data, OPTIONS),
      'the model must be compiled with a loss that tells its likelihood',
    );
  });

  test('stops between two trainings', async () => {
    const controller = new AbortController();
    const running = chooseKLWeight(
      line,
      { x: x(), y: y() },
      {
        ...OPTIONS,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error('enough')),
      },
    );
    await expect(running).rejects.toThrow('enough');
  });
});
