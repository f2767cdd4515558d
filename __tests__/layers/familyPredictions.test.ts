/** All that goes with predictions, with each layer of the family: against its means, its draws, and one against the other. */
import * as tf from '@tensorflow/tfjs';
import { posteriorMean, posteriorSample, predictive, predictiveMoments, predictiveStream } from '../../src';
import { bayesianLayers } from '../../src/layers/bayesian';
import { onBackend } from '../helpers/eachBackend';
import { KINDS, klByHand, netOf, nllByHand, type Kind, type Net } from '../helpers/familyNets';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

const unsure = { initialStddev: 0.2 };

function plainPrediction({ model, x }: Pick<Net, 'model' | 'x'>, plain = posteriorMean(model)): tf.Tensor {
  const y = plain.predict(x) as tf.Tensor;
  plain.dispose();
  return y;
}

const sum = (t: tf.Tensor): number => tf.tidy(() => t.sum().dataSync()[0]!);

/** Six standard errors of a variance found by S draws, in parts of it, where as few as two outputs are independent. */
const spreadOfVariance = (S: number): number => 6 * Math.sqrt(2 / S / 2);

function tests(kinds: Array<[string, Kind]>): void {
  collectWarnings();

  describe.each(kinds)('%s', (_, kind) => {
    const { isLinear = true, isMapped = true } = kind;

    test('predictive has the mean of the plain net, to its standard error', async () => {
      const net = netOf(kind, isLinear ? unsure : { initialStddev: 0.02 });
      const S = 64;
      const p = await predictive(net.model, net.x, { samples: S, seed: 1 });
      tf.tidy(() => {
        const off = tf.sub(p.mean(), plainPrediction(net)).abs();
        const allowed = p.standardError().mul(6);
        // A net that is not linear is off by the order of the variance.
        const more = isLinear ? 0 : 2e-3;
        expect(
          tf
            .lessEqual(off, allowed.add(more + 1e-5))
            .all()
            .dataSync()[0],
        ).toBe(1);
        expect(p.variance().min().dataSync()[0]).toBeGreaterThan(0);
      });
      p.dispose();
      net.dispose();
    });

    test('predictiveStream ends with what predictive finds', async () => {
      const net = netOf(kind, unsure);
      const p = await predictive(net.model, net.x, { samples: 40, seed: 1 });
      for await (const estimate of predictiveStream(net.model, net.x, { maxSamples: 40, seed: 1 })) {
        if (estimate.stopped === undefined) continue;
        expect(estimate.samples).toBe(40);
        tf.tidy(() => {
          expectAllClose(estimate.mean(), p.mean(), { rtol: 1e-4, atol: 1e-5 });
          expectAllClose(estimate.variance(), p.variance(), { rtol: 1e-3, atol: 1e-6 });
        });
      }
      p.dispose();
      net.dispose();
    });

    test('predictive with coherent draws has functions: equal rows have equal draws, also by another estimator', async () => {
      const net = netOf(kind, unsure);
      const x = tf.tidy(() => tf.concat([net.x, net.x.reverse(0)], 0));
      const rows = x.shape[0];
      const p = await predictive(net.model, x, { samples: 3, seed: 1, coherent: true, draws: true });
      tf.tidy(() => {
        const draws = p.draws();
        expectAllClose(draws.reverse(1), draws, { atol: 1e-5 });
        expect(draws.shape).toEqual([3, rows, 2]);
        expect(draws.arraySync()).not.toEqual(draws.reverse(0).arraySync());
      });
      if (isMapped) {
        // The first of them is posteriorSample.
        const first = tf.tidy(() => p.draws().slice([0], [1]).squeeze([0]));
        const sample = plainPrediction({ model: net.model, x }, posteriorSample(net.model, { seed: 1 }));
        expectAllClose(sample, first, { atol: 1e-4 });
        tf.dispose([first, sample]);
      }
      tf.dispose(x);
      p.dispose();
      net.dispose();
    });

    test('predictiveMoments has the mean of the plain net and the variance of the draws, or says what it has no rule for', async () => {
      const net = netOf(kind, unsure);
      if (isMapped) {
        const { mean, variance } = await predictiveMoments(net.model, net.x);
        const plain = plainPrediction(net);
        expectAllClose(mean, plain, { rtol: 1e-4, atol: 1e-5 });
        const S = 200;
        const p = await predictive(net.model, net.x, { samples: S, seed: 1 });
        const drawn = p.variance();
        expect(Math.abs(sum(drawn) / sum(variance) - 1)).toBeLessThan(spreadOfVariance(S));
        tf.dispose([mean, variance, plain, drawn]);
        p.dispose();
      } else
        await expect(predictiveMoments(net.model, net.x)).rejects.toThrow(
          /^predictiveMoments: every layer after the first Bayesian one must have a rule .*BayesianWrapper/,
        );
      net.dispose();
    });

    test('flipout and weight space have the variance of coherent draws', async () => {
      if (!isMapped) return;
      const S = 200;
      const variances: number[] = [];
      for (const [estimator, coherent] of [
        ['local', true],
        ['flipout', false],
        ['weightSpace', false],
      ] as const) {
        const net = netOf(kind, { ...unsure, estimator });
        const p = await predictive(net.model, net.x, { samples: S, seed: 1, coherent });
        const variance = p.variance();
        variances.push(sum(variance));
        variance.dispose();
        p.dispose();
        net.dispose();
      }
      // Both of a ratio are found by draws.
      for (const v of variances.slice(1))
        expect(Math.abs(Math.log(v / variances[0]!))).toBeLessThan(Math.SQRT2 * spreadOfVariance(S));
    });

    test('posteriorSample has as many weights as posteriorMean, and others', () => {
      const net = netOf(kind, unsure);
      const [mean, one, two] = [
        posteriorMean(net.model),
        posteriorSample(net.model, { seed: 1 }),
        posteriorSample(net.model, { seed: 2 }),
      ].map((plain) => {
        expect(bayesianLayers(plain)).toEqual([]);
        const weights = plain.getWeights().map((w) => w.arraySync());
        plain.dispose();
        return weights;
      }) as [tf.TensorLike[], tf.TensorLike[], tf.TensorLike[]];
      expect(one).toHaveLength(mean.length);
      expect([one[0], two[0]]).not.toContainEqual(mean[0]);
      expect(one[0]).not.toEqual(two[0]);
      net.dispose();
    });

    // The words of an embedding would lose their kind: TensorFlow.js' wrapper takes steps of two axes and more alone.
    test('in timeDistributed predicts and trains what it does at each step', async () => {
      const around = (layer: tf.layers.Layer): tf.layers.Layer => tf.layers.timeDistributed({ layer });
      const net = netOf(kind, { initialStddev: 1e-8, klFactor: 0.1 }, { around, steps: 2 });
      const plain = plainPrediction(net);
      const drawn = net.model.predict(net.x) as tf.Tensor;
      expectAllClose(drawn, plain, { rtol: 1e-4, atol: 1e-4 });
      const p = await predictive(net.model, net.x, { samples: 2, seed: 1 });
      tf.tidy(() => {
        expectAllClose(p.mean(), plain, { rtol: 1e-4, atol: 1e-4 });
      });
      const loss = await net.model.trainOnBatch(net.x, net.y);
      expectAllClose(loss, nllByHand(plain, net.y) + 0.1 * klByHand(net.layer), { rtol: 1e-4 });
      tf.dispose([plain, drawn]);
      p.dispose();
      net.dispose();
    });
  });
}

onBackend('cpu', 'predictions', () => {
  tests(Object.entries(KINDS));
});
onBackend('wasm', 'predictions', () => {
  tests(Object.entries(KINDS).filter(([name]) => ['conv1d', 'embedding', 'lstm'].includes(name)));
});
