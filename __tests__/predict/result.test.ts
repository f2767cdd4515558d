import * as tf from '@tensorflow/tfjs';
import { entropySplit, meanAndStddev, predictive, type Likelihood, type PredictiveOptions } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, output, rowsFor, sequential, modelsOfEachTest } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const gaussian = (stddev: number | 'output'): Likelihood => ({ family: 'gaussian', stddev });

eachBackend('Predictive', (backend) => {
  const { made } = modelsOfEachTest(0.5);
  const regression = (): tf.LayersModel =>
    made(sequential(hidden({ inputShape: [3], non_linearity: 'tanh' }), output()));
  const predicted = async (options: PredictiveOptions, model = regression()): ReturnType<typeof predictive> =>
    predictive(model, rowsFor(model, 5), { samples: 40, seed: 3, batchSize: 2, draws: true, ...options });

  describe('with Gaussian noise of a known stddev', () => {
    test('adds its variance to that of the draws', async () => {
      const p = await predicted({ likelihood: gaussian(0.7) });
      const { total, aleatoric, epistemic } = p.varianceSplit();
      const moments = tf.moments(p.draws(), 0);
      expectAllClose(p.mean(), moments.mean);
      expectAllClose(epistemic, moments.variance);
      expectAllClose(aleatoric, tf.fill([5, 2], 0.49));
      expectAllClose(total, moments.variance.add(0.49));
      expectAllClose(p.stddev().square(), total);
      p.dispose();
    });

    test('variance and stddev are those of the target', async () => {
      const p = await predicted({ likelihood: gaussian(0.7) });
      expectAllClose(p.variance(), p.varianceSplit().total);
      expectAllClose(p.stddev(), tf.sqrt(p.variance()));
      // The standard error is that of the mean, which the noise of the target does not move.
      expectAllClose(p.standardError().square().mul(39), p.varianceSplit().epistemic);
      p.dispose();
    });

    test('its quantiles are those of the mixture of the draws', async () => {
      const p = await predicted({ likelihood: gaussian(0.7) });
      // Where a target lies below its quantile by Monte Carlo: each draw is a Gaussian of its own.
      const draws = p.draws();
      for (const level of [0.05, 0.5, 0.9]) {
        const z = tf.sub(p.quantile(level), draws).div(0.7);
        const below = tf.mul(0.5, tf.add(1, tf.erf(z.div(Math.SQRT2)))).mean(0);
        expectAllClose(below, tf.fill([5, 2], level), { rtol: 0, atol: 1e-5 });
      }
      const { lower, upper } = p.interval(0.9);
      expectAllClose(lower, p.quantile(0.05), { atol: 1e-5 });
      expectAllClose(upper, p.quantile(0.95), { atol: 1e-5 });
      p.dispose();
    });
  });

  test('with stddevs from the output: means and noise are read apart', async () => {
    const p = await predicted({ likelihood: gaussian('output') });
    const { mean, stddev } = meanAndStddev(p.draws());
    expect(p.mean().shape).toEqual([5, 1]);
    const { total, aleatoric, epistemic } = p.varianceSplit();
    expectAllClose(p.mean(), mean.mean(0));
    expectAllClose(aleatoric, stddev.square().mean(0));
    expectAllClose(epistemic, tf.moments(mean, 0).variance);
    expectAllClose(total, tf.add(aleatoric, epistemic));
    const z = tf.div(tf.sub(p.quantile(0.8), mean), stddev);
    const below = tf.mul(0.5, tf.add(1, tf.erf(z.div(Math.SQRT2)))).mean(0);
    expectAllClose(below, tf.fill([5, 1], 0.8), { rtol: 0, atol: 1e-5 });
    p.dispose();
  });

  test('with logits: mean and entropies are those of their softmax, draws are the logits', async () => {
    const p = await predicted({ likelihood: { family: 'categorical', outputs: 'logits' } });
    const probabilities = tf.softmax(p.draws());
    expectAllClose(p.mean(), probabilities.mean(0));
    const [actual, expected] = [p.entropy(), entropySplit(probabilities)];
    for (const part of ['total', 'aleatoric', 'epistemic'] as const)
      expectAllClose(actual[part], expected[part], { atol: 2e-6 });
    p.dispose();
  });

  test('with Student’s t the noise is wider than its scale, and may have no mean or variance', async () => {
    const studentT = (df: number): Likelihood => ({ family: 'studentT', df, scale: 0.7 });
    const p = await predicted({ likelihood: studentT(4) });
    expectAllClose(p.varianceSplit().aleatoric, tf.fill([5, 2], 2 * 0.49));
    const { lower, upper } = p.interval(0.9);
    const normal = await predicted({ likelihood: gaussian(0.7) });
    const width = tf.sub(upper, lower).min().dataSync()[0]!;
    expect(width).toBeGreaterThan(
      tf.sub(normal.interval(0.9).upper, normal.interval(0.9).lower).min().dataSync()[0]!,
    );
    const two = await predicted({ likelihood: studentT(2) });
    expectAllClose(two.mean(), p.mean());
    expect(() => two.variance()).toThrow(
      "a variance of Student's t needs a df above 2, got 2; interval(0.9)",
    );
    const one = await predicted({ likelihood: studentT(1) });
    expect(() => one.mean()).toThrow(
      "a mean of Student's t needs a df above 1, got 1; quantile(0.5) is its median",
    );
    expectAllClose(one.quantile(0.5), two.quantile(0.5), { atol: 0.05 });
    [p, normal, two, one].forEach((each) => each.dispose());
  });

  test.each(['logRate', 'rate'] as const)(
    'with counts of a %s the mean is that of the rates',
    async (outputs) => {
      const model = made(
        sequential(
          hidden({ inputShape: [3] }),
          output({ non_linearity: outputs === 'rate' ? 'softplus' : 'linear' }),
        ),
      );
      const p = await predicted({ likelihood: { family: 'poisson', outputs } }, model);
      const rates = outputs === 'rate' ? p.draws() : p.draws().exp();
      expectAllClose(p.mean(), rates.mean(0));
      const { total, aleatoric, epistemic } = p.varianceSplit();
      expectAllClose(aleatoric, p.mean());
      expectAllClose(epistemic, tf.moments(rates, 0).variance);
      expectAllClose(total, tf.add(aleatoric, epistemic));
      const { lower, upper } = p.interval(0.9);
      for (const end of [lower, upper]) expectAllClose(end, tf.round(end), { rtol: 0, atol: 0 });
      p.dispose();
    },
  );

  test.each(['logits', 'probabilities'] as const)('with labels by %s: per label', async (outputs) => {
    const model = made(
      sequential(
        hidden({ inputShape: [3] }),
        output({ non_linearity: outputs === 'logits' ? 'linear' : 'sigmoid' }),
      ),
    );
    const p = await predicted({ likelihood: { family: 'bernoulli', outputs } }, model);
    const probabilities = outputs === 'logits' ? tf.sigmoid(p.draws()) : p.draws();
    expectAllClose(p.mean(), probabilities.mean(0));
    const H = (q: tf.Tensor): tf.Tensor =>
      tf.neg(tf.add(q.mul(q.log()), tf.sub(1, q).mul(tf.sub(1, q).log())));
    const { total, aleatoric, epistemic } = p.entropy();
    expectAllClose(total, H(p.mean()), { atol: 1e-5 });
    expectAllClose(aleatoric, H(probabilities).mean(0), { atol: 1e-5 });
    expectAllClose(epistemic, tf.sub(total, aleatoric), { atol: 1e-6 });
    expectAllClose(p.variance(), p.mean().mul(tf.sub(1, p.mean())));
    expectAllClose(p.varianceSplit().aleatoric, probabilities.mul(tf.sub(1, probabilities)).mean(0), {
      atol: 1e-6,
    });
    expectAllClose(p.quantile(0.5), tf.greater(p.mean(), 0.5).toFloat());
    p.dispose();
  });

  test('what is no probability of a label is refused', async () => {
    const model = regression();
    const x = rowsFor(model, 2);
    const message =
      /must hold probabilities of yes-or-no labels, each from 0 to 1, got numbers from .* sigmoid/;
    await expectCleanRejection(() => predictive(model, x, { likelihood: { family: 'bernoulli' } }), message);
    await expectCleanRejection(
      () => predictive(model, x, { likelihood: { family: 'poisson', outputs: 'rate' } }),
      /must hold rates of at least 0, got -.* softplus/,
    );
  });

  describe('of several outputs', () => {
    const two = (): tf.LayersModel => {
      const input = tf.input({ shape: [3] });
      const h = apply(hidden(), input);
      const size = apply(output({ name: 'size' }), h);
      const kind = apply(output({ name: 'kind', non_linearity: 'softmax' }), h);
      return made(tf.model({ inputs: input, outputs: [size, kind] }));
    };

    test('has each by its number or name, with its own likelihood', async () => {
      const p = await predicted({ likelihood: [gaussian(0.1), undefined] }, two());
      expect(p.output('size').varianceSplit().total.shape).toEqual([5, 2]);
      expectAllClose(p.output(0).mean(), p.output('size').mean());
      expectAllClose(p.output(1).mean().sum(-1), [1, 1, 1, 1, 1]);
      expect(p.output('kind').entropy().total.shape).toEqual([5]);
      expect(() => p.output('size').entropy()).toThrow('class probabilities');
      expect(() => p.mean()).toThrow('of several outputs one must be named');
      expect(() => p.output('colour')).toThrow('output must be one of size, kind, got "colour"');
      p.dispose();
    });

    test('draws them together: the outputs share what is before them', async () => {
      const input = tf.input({ shape: [3] });
      const h = apply(output(), input);
      const twice = [
        tf.layers.activation({ activation: 'linear' }),
        tf.layers.activation({ activation: 'linear' }),
      ];
      const model = made(tf.model({ inputs: input, outputs: twice.map((layer) => apply(layer, h)) }));
      const p = await predicted({}, model);
      expectAllClose(p.output(0).draws(), p.output(1).draws(), { rtol: 0, atol: 0 });
      p.dispose();
    });

    test('an output without a Bayesian layer before it is certain, one that is an input is that', async () => {
      const input = tf.input({ shape: [3] });
      const sure = apply(tf.layers.dense({ units: 2, name: 'sure' }), input);
      const model = made(tf.model({ inputs: input, outputs: [apply(output(), input), sure] }));
      const [x] = rowsFor(model, 5);
      const p = await predicted({}, model);
      const [, expected] = model.predict(x!) as tf.Tensor[];
      expectAllClose(p.output('sure').mean(), expected!, { atol: 1e-5 });
      expectAllClose(p.output('sure').variance(), tf.zeros([5, 2]));
      p.dispose();
    });

    test('refuses one likelihood for two', async () => {
      const model = two();
      const x = rowsFor(model, 2);
      const message = 'likelihood must be an array of 2';
      await expectCleanRejection(() => predictive(model, x, { likelihood: gaussian(1) }), message);
    });
  });

  test('frees everything', async () => {
    const model = regression();
    const x = rowsFor(model, 5);
    await expectNoLeakLater(async () => {
      const p = await predictive(model, x, { batchSize: 2, draws: true, likelihood: gaussian('output') });
      tf.dispose([p.varianceSplit(), p.stddev(), p.quantile(0.3), p.interval(0.5), p.standardError()]);
      p.dispose();
    });
  });

  test('keeps draws unasked as long as they are few, and says what it holds', async () => {
    const model = regression();
    const [x] = rowsFor(model, 500);
    const few = await predictive(model, x!, { samples: 20, seed: 1 });
    expect(few.draws().shape).toEqual([20, 500, 2]);
    expect(String(few)).toBe(
      `Predictive(${model.layers[1]!.name}: 500 rows of [2], 20 draws, no likelihood)`,
    );
    few.dispose();
    expect(String(few)).toContain('disposed');
    expect(() => few.mean()).toThrow('must not be disposed of before it is read');
  });

  // The cpu backend takes ten seconds for a million numbers.
  if (backend !== 'cpu')
    test('does not keep a million draws unasked', async () => {
      const model = regression();
      const [x] = rowsFor(model, 500);
      const options = { samples: 1001, seed: 1, likelihood: gaussian(1) };
      const many = await predictive(model, x!, options);
      expect(String(many)).toContain('1001 draws, not kept, gaussian');
      expect(() => many.draws()).toThrow('kept by default up to 1000000 numbers, got more');
      const asked = await predictive(model, x!, { ...options, draws: true });
      expectAllClose(asked.draws().mean(0), many.mean(), { atol: 1e-5 });
      [many, asked].forEach((p) => p.dispose());
    });

  test('refuses what it cannot know', async () => {
    const p = await predicted({ draws: false });
    for (const ask of [() => p.varianceSplit(), () => p.quantile(0.5), () => p.interval(0.5)])
      expect(ask).toThrow(
        /needs the likelihood of the targets, got none, and no compiled loss that tells it; e.g. .*gaussianNLL/,
      );
    // The variance is that of the outputs then.
    expectAllClose(p.stddev(), tf.sqrt(p.variance()));
    p.dispose();
    const noDraws = await predicted({ draws: false, likelihood: gaussian(1) });
    for (const ask of [() => noDraws.quantile(0.5), () => noDraws.interval(0.5)])
      expect(ask).toThrow(
        'Predictive: a quantile, or an interval, of a target needs the draws, which are kept by default up to 1000000 numbers, ' +
          'got more, or draws: false; predictive(model, x, {draws: true, …}), at 4 bytes for each of samples · rows · outputs numbers',
      );
    expect(() => noDraws.draws()).toThrow('draws() needs the draws, which');
    for (const level of [0, 1, -0.1, NaN, '0.5'])
      expect(() => noDraws.interval(level as number)).toThrow('level must be above 0 and below 1');
    noDraws.dispose();
    const one = await predicted({ samples: 1 });
    expect(() => one.standardError()).toThrow('2 draws');
    one.dispose();
  });

  test.each([
    [{ family: 'exponential' }, 'likelihood must be'],
    ['categorical', 'likelihood must be'],
    [null, 'likelihood must be'],
    [{ family: 'gaussian' }, 'stddev of the likelihood'],
    [{ family: 'gaussian', stddev: 0 }, 'stddev of the likelihood'],
    [{ family: 'gaussian', stddev: 1, outputs: 'logits' }, 'outputs'],
    [{ family: 'categorical', outputs: 'odds' }, '"probabilities", "logits"'],
    [{ family: 'categorical' }, 'must hold class probabilities'],
  ])('the likelihood %p is refused', async (likelihood, message) => {
    const model = regression();
    const x = rowsFor(model, 2);
    await expectCleanRejection(() => predictive(model, x, { likelihood } as PredictiveOptions), message);
  });

  test('stddevs from an output of odd length are refused', async () => {
    const model = made(sequential(output({ units: 3, inputShape: [3] })));
    const x = rowsFor(model, 2);
    const message = 'K means and K raw scales [..., 2K], got [?, 3]';
    await expectCleanRejection(() => predictive(model, x, { likelihood: gaussian('output') }), message);
  });
});
