import * as tf from '@tensorflow/tfjs';
import { predictive, predictiveStream, type Estimate, type PredictiveStreamOptions } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance } from '../helpers/gaussianTests';
import { expectCleanThrow, expectNoLeakLater } from '../helpers/leaks';
import { apply, disposeOf, hidden, output, rowsFor, sequential, setScales } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const net = (scale = 0.5): tf.LayersModel => {
  const model = sequential(hidden({ inputShape: [3], non_linearity: 'tanh' }), output());
  setScales(model, scale);
  return model;
};

eachBackend('predictiveStream', () => {
  let model: tf.LayersModel;
  let x: tf.Tensor;
  beforeEach(() => {
    model = net();
    [x] = rowsFor(model, 20) as [tf.Tensor];
  });
  afterEach(() => {
    disposeOf(model);
    x.dispose();
  });

  /** Samples, errors and reasons of a whole stream. */
  async function followed(
    options: PredictiveStreamOptions,
  ): Promise<Array<[number, number, string | undefined]>> {
    const seen: Array<[number, number, string | undefined]> = [];
    for await (const { samples, largestError, stopped } of predictiveStream(model, x, options))
      seen.push([samples, largestError, stopped]);
    return seen;
  }

  test('stops as soon as the largest standard error is within the tolerance', async () => {
    const seen = await followed({ tolerance: 0.04, seed: 0 });
    const last = seen.pop()!;
    expect(last[1]).toBeLessThanOrEqual(0.04);
    expect(last[2]).toBe('tolerance');
    expect(seen.length).toBeGreaterThan(2);
    for (const [, error, stopped] of seen) {
      expect(error).toBeGreaterThan(0.04);
      expect(stopped).toBeUndefined();
    }
  });

  test('its estimates are those of predictive with as many draws', async () => {
    for await (const estimate of predictiveStream(model, x, { maxSamples: 100, seed: 5, batchSize: 16 })) {
      const whole = await predictive(model, x, { samples: estimate.samples, seed: 5, batchSize: 16 });
      tf.tidy(() => {
        expectAllClose(estimate.mean(), whole.mean(), { atol: 1e-5 });
        expectAllClose(estimate.variance(), whole.variance(), { atol: 1e-5 });
        expectAllClose(estimate.standardError().max(), estimate.largestError);
        const moments = tf.div(whole.variance(), estimate.samples - 1).sqrt();
        expectAllClose(estimate.standardError(), moments, { atol: 1e-5 });
      });
      whole.dispose();
    }
  });

  test('the standard error is honest: the mean is off by that much', async () => {
    const few = x.slice(0, 10);
    const truth = await predictive(model, few, { samples: 4096, seed: 1 });
    for await (const estimate of predictiveStream(model, few, { maxSamples: 32, seed: 2 }))
      tf.tidy(() => {
        const z = Array.from(
          tf.div(tf.sub(estimate.mean(), truth.mean()), estimate.standardError()).dataSync(),
        );
        expectChance(z);
        // 20 squares of about Normal(0, 1) have a mean below 0.2 once in a million times.
        expect(z.reduce((sum, v) => sum + v * v, 0) / z.length).toBeGreaterThan(0.2);
      });
    truth.dispose();
    few.dispose();
  });

  test('stops at maxSamples, to the draw', async () => {
    expect(
      (await followed({ maxSamples: 70, seed: 0 })).map(([samples, , stopped]) => [samples, stopped]),
    ).toEqual([
      [32, undefined],
      [64, undefined],
      [70, 'maxSamples'],
    ]);
  });

  test('stops at the deadline, after one step at least', async () => {
    const clock = jest.spyOn(Date, 'now');
    try {
      let now = 0;
      clock.mockImplementation(() => (now += 1));
      const seen = await followed({ deadline: 1e-3 });
      expect(seen.map(([, , stopped]) => stopped)).toEqual(['deadline']);
      now = 0;
      const more = await followed({ deadline: 200 });
      expect(more.length).toBeGreaterThan(2);
      expect(more.at(-1)![2]).toBe('deadline');
      // Steps of about ten ticks.
      expect(now).toBeLessThan(215);
    } finally {
      clock.mockRestore();
    }
  });

  test('leaves nothing behind when it ends, is broken out of, throws or is aborted', async () => {
    await expectNoLeakLater(async () => {
      await followed({ maxSamples: 70, draws: true });
    });
    await expectNoLeakLater(async () => {
      for await (const estimate of predictiveStream(model, x, { draws: true, batchSize: 8 }))
        if (estimate.samples > 50) break;
    });
    await expectNoLeakLater(async () => {
      const watch = async (): Promise<void> => {
        for await (const estimate of predictiveStream(model, x)) throw new Error(`at ${estimate.samples}`);
      };
      await expect(watch()).rejects.toThrow('at 32');
    });
    await expectNoLeakLater(async () => {
      const abort = new AbortController();
      const watch = async (): Promise<void> => {
        for await (const { samples } of predictiveStream(model, x, { signal: abort.signal }))
          if (samples > 50) abort.abort(new Error('enough'));
      };
      await expect(watch()).rejects.toThrow('enough');
    });
    await expectNoLeakLater(async () => {
      // Made, but never asked for anything.
      await predictiveStream(model, x).return();
    });
  });

  test('an estimate says that it is over when the loop has ended', async () => {
    let kept: Estimate | undefined;
    for await (const estimate of predictiveStream(model, x, { maxSamples: 4 })) kept = estimate;
    expect(() => kept!.mean()).toThrow();
  });

  test('takes a model with several outputs: the largest error of all of them counts', async () => {
    const input = tf.input({ shape: [3] });
    const two = tf.model({
      inputs: input,
      outputs: [apply(output({ name: 'narrow' }), input), apply(output({ name: 'wide' }), input)],
    });
    setScales(two, 0.01);
    const wide = two.getLayer('wide');
    tf.tidy(() => {
      wide.setWeights(wide.getWeights().map((w, i) => (i === 1 ? tf.fill(w.shape, 1) : w)));
    });
    for await (const estimate of predictiveStream(two, x, { maxSamples: 32 }))
      tf.tidy(() => {
        expectAllClose(estimate.output('wide').standardError().max(), estimate.largestError);
        expect(() => estimate.mean()).toThrow('output("narrow")');
      });
    disposeOf(two);
  });

  test('a certain answer is found after the first step', async () => {
    setScales(model, 1e-9);
    expect(await followed({ tolerance: 1e-3 })).toHaveLength(1);
  });

  test.each([
    [{ tolerance: 0 }, 'tolerance must be a finite number above 0'],
    [{ tolerance: NaN }, 'tolerance must be a finite number above 0'],
    [{ deadline: -1 }, 'deadline must be a finite number above 0'],
    [{ maxSamples: 1 }, 'maxSamples must be at least 2'],
    [{ maxSamples: 2.5 }, 'maxSamples must be a whole number'],
    [{ samples: 5 }, 'samples'],
  ])('refuses %p at once', (options: object, message) => {
    expectCleanThrow(() => predictiveStream(model, x, options), message);
  });

  test('refuses a model without a Bayesian layer at once, and a NaN at the first step', async () => {
    const plain = sequential(tf.layers.dense({ units: 1, inputShape: [3] }));
    expectCleanThrow(() => predictiveStream(plain, x), 'must hold a Bayesian layer');
    disposeOf(plain);
    const bad = tf.fill([1, 3], NaN);
    await expectNoLeakLater(async () => {
      await expect(predictiveStream(model, bad).next()).rejects.toThrow('NaN');
    });
    bad.dispose();
  });
});
