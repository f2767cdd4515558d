import * as tf from '@tensorflow/tfjs';
import { predictive } from '../../src';
import type { HiddenLayer } from '../../src/layers/hidden';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, hidden, output, rowsFor, sequential, modelsOfEachTest, setScales } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

/** The draws of a model, in many small batches and blocks. */
async function drawsOf(model: tf.LayersModel, rows = 5, samples = 40): Promise<tf.Tensor> {
  const x = rowsFor(model, rows);
  const p = await predictive(model, x, { samples, seed: 8, batchSize: 2, draws: true });
  const draws = p.draws();
  p.dispose();
  tf.dispose(x);
  return draws;
}

eachBackend('a folded model', () => {
  const { made } = modelsOfEachTest(0.5);

  test('computes what is before the first Bayesian layer, and that layer’s moments, once for a batch', async () => {
    const before = tf.layers.dense({ units: 3, inputShape: [3] });
    const first = hidden();
    const model = made(sequential(before, first, output()));
    const calls = jest.spyOn(before, 'call');
    const folds = jest.spyOn(first, 'fold');
    const [x] = rowsFor(model, 4);
    // 4 rows and 3000 draws: three blocks of 1024 or fewer.
    (await predictive(model, x!, { samples: 3000 })).dispose();
    expect(calls).toHaveBeenCalledTimes(1);
    expect(folds).toHaveBeenCalledTimes(1);
    (await predictive(model, x!, { samples: 10, batchSize: 2 })).dispose();
    expect(calls).toHaveBeenCalledTimes(3);
  });

  test('draws as a layer does that makes its draws one by one, where all rows share their weights', async () => {
    const build = (): tf.LayersModel =>
      made(
        sequential(
          hidden({ inputShape: [3], weight_space_sampling: true, non_linearity: 'tanh' }),
          tf.layers.dropout({ rate: 0.5 }),
          output({ weight_space_sampling: true }),
        ),
      );
    const folded = await drawsOf(build());
    const slow = build();
    for (const layer of slow.layers) if ('fold' in layer) (layer as HiddenLayer).fold = undefined as never;
    expectAllClose(await drawsOf(slow), folded, { atol: 1e-5 });
  });

  test('a Bayesian layer in a wrapper that it does not know is called draw by draw', async () => {
    // A bidirectional layer knows only recurrent layers: stand in with a timeDistributed under another name.
    const wrapped = tf.layers.timeDistributed({
      layer: hidden({ include_hidden_bias: false, weight_space_sampling: true }),
      inputShape: [4, 3],
    });
    wrapped.getClassName = () => 'Stranger';
    const model = made(sequential(wrapped, tf.layers.flatten(), output({ weight_space_sampling: true })));
    const known = made(
      sequential(
        tf.layers.timeDistributed({
          layer: hidden({ include_hidden_bias: false, weight_space_sampling: true }),
          inputShape: [4, 3],
        }),
        tf.layers.flatten(),
        output({ weight_space_sampling: true }),
      ),
    );
    expectAllClose(await drawsOf(model), await drawsOf(known), { atol: 1e-5 });
    await expectNoLeakLater(async () => {
      (await drawsOf(model)).dispose();
    });
  });

  test('integer inputs and masks go through: an embedding with masked zeros', async () => {
    const model = made(
      sequential(
        tf.layers.embedding({ inputDim: 6, outputDim: 3, maskZero: true, inputLength: 4 }),
        tf.layers.timeDistributed({ layer: hidden({ include_hidden_bias: false }) }),
        tf.layers.simpleRNN({ units: 3, recurrentInitializer: 'glorotNormal' }),
        output(),
      ),
    );
    setScales(model, 1e-9);
    const x = tf.tensor2d([1, 2, 0, 0, 5, 4, 3, 2, 1, 0, 3, 0], [3, 4], 'int32');
    const p = await predictive(model, x, { samples: 3 });
    expectAllClose(p.mean(), model.predict(x) as tf.Tensor, { atol: 1e-5 });
    p.dispose();
  });

  test('a model of fixed batch size is folded too', async () => {
    const input = tf.input({ batchShape: [3, 3] });
    const model = made(tf.model({ inputs: input, outputs: apply(output(), apply(hidden(), input)) }));
    expect((await drawsOf(model, 3)).shape).toEqual([40, 3, 2]);
  });

  test('an aborted signal stops it, with its reason, and nothing stays', async () => {
    const model = made(sequential(hidden({ inputShape: [3] }), output()));
    const [x] = rowsFor(model, 40);
    const abort = new AbortController();
    const options = { samples: 64, batchSize: 4, draws: true, signal: abort.signal };
    let reached = 0;
    await expectCleanRejection(
      () =>
        predictive(model, x!, {
          ...options,
          onProgress: (fraction) => {
            reached = fraction;
            if (fraction > 0.3) abort.abort(new Error('too long'));
          },
        }),
      'too long',
    );
    expect(reached).toBeLessThan(0.5);
    await expectCleanRejection(() => predictive(model, x!, options), 'too long');
    await expectCleanRejection(
      () => predictive(model, x!, { signal: 3 as unknown as AbortSignal }),
      'signal must be an AbortSignal',
    );
  });

  test('a signal that comes from outside is heard while it works', async () => {
    const model = made(sequential(hidden({ inputShape: [3], units: 100 }), output()));
    const [x] = rowsFor(model, 200);
    const signal = AbortSignal.timeout(60);
    await expectCleanRejection(() => predictive(model, x!, { samples: 1e6, signal }), /timeout|aborted/);
  });

  test('onProgress goes up to 1', async () => {
    const model = made(sequential(hidden({ inputShape: [3] }), output()));
    const [x] = rowsFor(model, 10);
    const seen: number[] = [];
    const p = await predictive(model, x!, { samples: 5, batchSize: 4, onProgress: (f) => seen.push(f) });
    expectAllClose(seen, [1 / 3, 2 / 3, 1]);
    p.dispose();
    const bad = { onProgress: 'yes' as unknown as () => void };
    await expectCleanRejection(() => predictive(model, x!, bad), 'onProgress must be a function');
  });
});
