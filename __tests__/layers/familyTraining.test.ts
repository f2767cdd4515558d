/** All that goes with training, with each layer of the family: against its KL and likelihood by hand. */
import * as tf from '@tensorflow/tfjs';
import {
  checkpoint,
  diagnose,
  elboReport,
  evaluateElbo,
  klWarmup,
  posteriorMean,
  restoreCheckpoint,
  setDatasetSize,
  setKLWeight,
} from '../../src';
import { onBackend } from '../helpers/eachBackend';
import { KINDS, klByHand, netOf, nllByHand, ROWS, type Net } from '../helpers/familyNets';
import { throughFile } from '../helpers/savedModels';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

/** A draw is the mean to float32. */
const sure = { initialStddev: 1e-8 };

/** Of the plain net with the mean weights. */
function nllOfMeans({ model, x, y }: Net): number {
  const plain = posteriorMean(model);
  const prediction = plain.predict(x) as tf.Tensor;
  const nll = nllByHand(prediction, y);
  prediction.dispose();
  plain.dispose();
  return nll;
}

const weightsOf = ({ model }: Net): tf.TensorLike[] => model.getWeights().map((w) => w.arraySync());
const once = { epochs: 1, batchSize: ROWS, shuffle: false, verbose: 0 } as const;

function tests(kinds: Array<[string, (typeof KINDS)[string]]>): void {
  collectWarnings();

  describe.each(kinds)('%s', (_, kind) => {
    test('evaluateElbo is minus the likelihood of the means and the KL, by hand', async () => {
      const net = netOf(kind, sure);
      const found = await evaluateElbo(net.model, { x: net.x, y: net.y }, { samples: 3, datasetSize: 50 });
      const [nll, kl] = [nllOfMeans(net), klByHand(net.layer) / 50];
      expectAllClose([found.nll, found.kl, found.elbo], [nll, kl, -(nll + kl)], { rtol: 1e-4 });
      expect(found.standardError).toBeLessThan(1e-4);
      net.dispose();
    });

    test('fit with elboReport and klWarmup reports them, and trains with the KL’s share', async () => {
      const net = netOf(kind, { ...sure, klFactor: 1 / ROWS });
      const callbacks = [elboReport(), klWarmup({ epochs: 2 })];
      const { history } = await net.model.fit(net.x, net.y, { ...once, epochs: 3, callbacks });
      const [nll, kl] = [nllOfMeans(net), klByHand(net.layer) / ROWS];
      expectAllClose(history.nll as number[], [nll, nll, nll], { rtol: 1e-4, atol: 1e-3 });
      expectAllClose(history.kl as number[], [kl, kl, kl], { rtol: 1e-4 });
      expectAllClose(history.loss as number[], [nll, nll + kl / 2, nll + kl], { rtol: 1e-4 });
      net.dispose();
    });

    test('setDatasetSize and setKLWeight say what the KL in the loss is multiplied by', async () => {
      const net = netOf(kind, sure);
      const [nll, kl] = [nllOfMeans(net), klByHand(net.layer)];
      for (const [N, T] of [
        [7, 1],
        [100, 0.3],
      ] as const) {
        setDatasetSize(net.model, N);
        setKLWeight(net.model, T);
        expectAllClose(await net.model.trainOnBatch(net.x, net.y), nll + (T / N) * kl, { rtol: 1e-4 });
      }
      net.dispose();
    });

    test('a checkpoint restores weights and prior, and training goes on as if it had not been broken off', async () => {
      const saved: tf.io.ModelArtifacts[] = [];
      const handler: tf.io.IOHandler = {
        save: (artifacts) => {
          saved.push(artifacts);
          return Promise.resolve({
            modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
          });
        },
        load: () => throughFile(saved.at(-1)!).load!(),
      };
      const net = (seed: number): Net => netOf(kind, { ...sure, seed }, { optimizer: tf.train.adam(0.01) });
      const [unbroken, other] = [net(1), net(2)];
      await unbroken.model.fit(unbroken.x, unbroken.y, { ...once, callbacks: checkpoint(handler) });
      const after = weightsOf(unbroken);
      await other.model.fit(other.x, other.y, once);
      expect(await restoreCheckpoint(other.model, handler)).toMatchObject({ epoch: 1 });
      expect(weightsOf(other)).toEqual(after);
      expect(klByHand(other.layer)).toBe(klByHand(unbroken.layer));
      for (const { model, x, y } of [unbroken, other]) await model.fit(x, y, once);
      expect(weightsOf(unbroken)).not.toEqual(after);
      weightsOf(other).forEach((w, i) => expectAllClose(tf.tensor(w), tf.tensor(weightsOf(unbroken)[i]!), { atol: 1e-4 })); // prettier-ignore
      [unbroken, other].forEach((each) => each.dispose());
    });

    test('diagnose counts its weights and knows its KL', async () => {
      const net = netOf(kind, { initialStddev: 0.1 });
      const { layers } = await diagnose(net.model, { x: net.x, y: net.y, datasetSize: 4, draws: 2 });
      const [found] = layers;
      const posterior = net.layer.posterior();
      const weights = Object.values(posterior).reduce((sum, { mean }) => sum + mean.size, 0);
      tf.dispose(posterior);
      expect(layers).toHaveLength(1);
      expect(found).toMatchObject({ name: net.layer.name, weights, factorTimesN: 4, klWeight: 1 });
      expectAllClose(found!.klPerWeight * weights, klByHand(net.layer), { rtol: 1e-4 });
      net.dispose();
    });

    test('keeps its posterior while it is frozen, and is trained again when it is thawed', async () => {
      const net = netOf(kind, {}, { optimizer: tf.train.adam(0.01) });
      const { layer, model, x, y } = net;
      const own = (): tf.TensorLike[] => layer.getWeights().map((w) => w.arraySync());
      const [before, all] = [own(), weightsOf(net)];
      layer.trainable = false;
      model.compile({ optimizer: tf.train.adam(0.01), loss: model.loss });
      await model.fit(x, y, once);
      expect(own()).toEqual(before);
      // The plain end is trained all the same.
      expect(weightsOf(net)).not.toEqual(all);
      layer.trainable = true;
      model.compile({ optimizer: tf.train.adam(0.01), loss: model.loss });
      await model.fit(x, y, once);
      own().forEach((w, i) => expect(w).not.toEqual(before[i]));
      net.dispose();
    });
  });
}

onBackend('cpu', 'training', () => {
  tests(Object.entries(KINDS));
});
onBackend('wasm', 'training', () => {
  tests(Object.entries(KINDS).filter(([name]) => ['conv3d', 'embedding', 'lstm'].includes(name)));
});
