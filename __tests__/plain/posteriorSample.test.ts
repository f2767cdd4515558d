import * as tf from '@tensorflow/tfjs';
import { posteriorMean, posteriorSample, predictive } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectChance, zOfMean, zOfVariance } from '../helpers/gaussianTests';
import { expectCleanThrow, expectNoLeak } from '../helpers/leaks';
import { disposeOf, hidden, output, rowsFor, sequential, setScales } from '../helpers/models';
import { expectAllClose } from '../helpers/toBeAllClose';

const net = (weight_space_sampling: boolean, scale = 0.5): tf.LayersModel => {
  const model = sequential(
    hidden({ inputShape: [3], include_input_bias: true, non_linearity: 'tanh', weight_space_sampling }),
    hidden({ weight_space_sampling }),
    output({ weight_space_sampling }),
  );
  setScales(model, scale);
  return model;
};

eachBackend('posteriorSample', () => {
  test.each([0, 7])(
    'with the seed %d is the first draw of the predictive in weight space, one function for all rows',
    async (seed) => {
      const model = net(true);
      const [x] = rowsFor(model, 40);
      const p = await predictive(model, x!, { samples: 2, seed, batchSize: 7, draws: true });
      const sample = posteriorSample(model, { seed });
      tf.tidy(() => {
        const first = p.draws().slice(0, 1).squeeze([0]);
        expectAllClose(sample.predict(x!) as tf.Tensor, first, { atol: 1e-5 });
        const mean = posteriorMean(model);
        expect(
          tf
            .sub(mean.predict(x!) as tf.Tensor, first)
            .abs()
            .max()
            .dataSync()[0],
        ).toBeGreaterThan(0.1);
      });
      p.dispose();
      x!.dispose();
      disposeOf(model, sample);
    },
  );

  test('draws each weight from its posterior, independently of the others', () => {
    tf.tidy(() => {
      const model = sequential(output({ inputShape: [60], units: 50 }));
      setScales(model, 0.3);
      const [mean, sample] = [posteriorMean(model), posteriorSample(model, { seed: 3 })];
      const ε = tf.div(tf.sub(sample.getWeights()[0]!, mean.getWeights()[0]!), 0.3).dataSync();
      expectChance([zOfMean(ε, 0, 1), zOfVariance(ε, 1)]);
    });
  });

  test('its seed makes it again; another seed, and none, is another net', () => {
    tf.tidy(() => {
      const model = net(false);
      const [x] = rowsFor(model, 4);
      const y = (options?: { seed: number }): tf.Tensor =>
        posteriorSample(model, options).predict(x!) as tf.Tensor;
      const first = y({ seed: 0 });
      expectAllClose(y({ seed: 0 }), first, { rtol: 0, atol: 0 });
      for (const other of [y({ seed: 1 }), y()])
        expect(other.sub(first).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
    });
  });

  test('leaves nothing behind', () => {
    const model = net(false);
    expectNoLeak(() => disposeOf(posteriorSample(model)));
    expectCleanThrow(() => posteriorSample(model, { seed: 0.5 }), 'seed must be a whole number');
    expectCleanThrow(() => posteriorSample(model, { sed: 1 } as object), 'sed');
    disposeOf(model);
    const plain = sequential(tf.layers.dense({ units: 1, inputShape: [2] }));
    expectCleanThrow(() => posteriorSample(plain), 'posteriorSample: the model must hold a Bayesian layer');
    disposeOf(plain);
  });
});
