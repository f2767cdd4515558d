/** The layers of the family in a browser; in Node they have tests of their own, on every backend there. */
import * as tf from '@tensorflow/tfjs';
import { predictive } from '../../src/index';
import { linear } from '../../src/maps/linear';
import { klOf } from '../helpers/closedForms';
import { KINDS, netOf, ROWS, STDDEV, type NamedLayer } from '../helpers/familyNets';
import { expectNoLeakLater } from '../helpers/leaks';
import * as maps from '../helpers/mapCases';
import { expectAllClose } from '../helpers/toBeAllClose';
import { taken, type Check } from './check';
import { adam } from './nets';
import { savedAndLoaded } from './saving';

const CASES: maps.MapCase[] = [
  maps.denseCase([2, 3], 3, 4),
  maps.embeddingCase([3, 0, 3, 1], [2, 2], 4, 3),
  maps.convolutionCase({ batch: 2, axes: [7], sizes: [3], input: 2, output: 3, dilations: [2] }),
  maps.convolutionCase({
    ...{ batch: 2, axes: [5, 6], sizes: [3, 2], input: 2, output: 3 },
    ...{ strides: [2, 1], padding: 'same' },
  }),
  maps.convolutionCase({ batch: 1, axes: [3, 4, 3], sizes: [2, 2, 2], input: 2, output: 2 }),
  maps.depthwiseCase({ batch: 2, axes: [4, 5], sizes: [2, 3], input: 2, output: 2 }),
  maps.transposedCase({ batch: 2, axes: [3, 2], sizes: [3, 3], input: 2, output: 3, strides: [2, 2] }),
].map(maps.biased);

const values: Check[] = CASES.map((the) => ({
  name: `${the.name}: the value and its gradients`,
  async run() {
    const ofIndices = the.map.kind.startsWith('embedding');
    const A = maps.weightsOf(the);
    const dz = maps.numbers(maps.productOf(the, the.X, A).length, 5);
    const found = tf.tidy(() => {
      const X = tf.tensor(the.X, the.xShape, ofIndices ? 'int32' : 'float32');
      const weights = maps.tensors(A, the.aShapes);
      const cotangent = tf.tensor(dz, the.zShape);
      const ofX = (x: tf.Tensor): tf.Tensor => linear(the.map, x, weights);
      return [
        linear(the.map, X, weights),
        ...tf.grads((...a: tf.Tensor[]) => linear(the.map, X, a))(weights, cotangent),
        ...(ofIndices ? [] : [tf.grad(ofX)(X, cotangent)]),
      ];
    });
    const expected = [
      maps.productOf(the, the.X, A),
      ...maps.gradientsInA(the, dz, the.X),
      ...(ofIndices ? [] : [maps.gradientInX(the, dz, A)]),
    ];
    (await taken(...found)).forEach((t, i) => expectAllClose(t, expected[i]!, { rtol: 1e-4, atol: 1e-4 }));
  },
}));

/** Of its posterior and its prior, in double precision. */
async function klByHand(layer: NamedLayer): Promise<number> {
  const [posterior, prior] = [layer.posterior(), layer.prior()];
  let kl = 0;
  for (const name of Object.keys(posterior)) {
    const { mean, stddev } = posterior[name]!;
    const [m, s, m0, p] = await taken(mean, stddev, prior[name]!.mean, prior[name]!.stddev);
    kl += m.reduce((sum, v, i) => sum + klOf(v - m0[i]!, s[i]!, p[i]!), 0);
  }
  return kl;
}

const trainings: Check[] = Object.entries(KINDS).map(([title, kind]) => ({
  name: `${title}: fit has nll + KL_factor · KL as its loss, and its gradients arrive`,
  async run() {
    const optimizer = adam(0.01);
    // With scales of 1e-6 the draw of the step and that of the prediction differ by less than is asked for.
    const { model, layer, x, y, dispose } = netOf(
      kind,
      { initialStddev: 1e-6, klFactor: 0.02 },
      { optimizer },
    );
    const before = await taken(...layer.getWeights().map((w) => w.clone()));
    const kl = await klByHand(layer);
    const [predicted, targets] = await taken(model.predict(x) as tf.Tensor, y.clone());
    const { history } = await model.fit(x, y, { batchSize: ROWS, verbose: 0 });
    const squares = predicted.reduce((sum, v, i) => sum + ((v - targets[i]!) / STDDEV) ** 2, 0);
    const nll = squares / 2 / ROWS + 2 * (Math.log(STDDEV) + Math.log(2 * Math.PI) / 2);
    expectAllClose(history.loss![0] as number, nll + 0.02 * kl, { rtol: 1e-4 });
    const after = await taken(...layer.getWeights().map((w) => w.clone()));
    // Adam's first step is the learning rate, whatever the gradient; the KL alone gives one to every weight.
    before
      .flat()
      .forEach((w, i) => expectAllClose(Math.abs(w - after.flat()[i]!), 0.01, { rtol: 0.05, atol: 0 }));
    dispose();
    optimizer.dispose();
  },
}));

/** Of two of them: how a layer is saved and how draws are folded is no matter of the backend's, but for what it can compute. */
const predictions: Check[] = ['conv3d', 'embedding'].map((title) => ({
  name: `${title}: saved and loaded it predicts the same, seeded`,
  async run() {
    const { model, x, dispose } = netOf(KINDS[title]!, { initialStddev: 0.5 });
    const loaded = await savedAndLoaded(model);
    const means: tf.Tensor[] = [];
    for (const [net, coherent] of [model, loaded].flatMap(
      (m) =>
        [
          [m, false],
          [m, true],
        ] as const,
    )) {
      const found = await predictive(net, x, { samples: 5, seed: 3, coherent });
      means.push(found.mean());
      found.dispose();
    }
    const [mean, coherent, meanOfLoaded, coherentOfLoaded] = await taken(...means);
    expectAllClose(meanOfLoaded!, mean!, { rtol: 0, atol: 0 });
    expectAllClose(coherentOfLoaded!, coherent!, { rtol: 0, atol: 0 });
    loaded.dispose();
    dispose();
  },
}));

const trained = async (): Promise<void> => {
  for (const title of ['conv2d', 'embedding', 'lstm']) {
    const optimizer = adam(0.01);
    const { model, x, y, dispose } = netOf(KINDS[title]!, {}, { optimizer });
    // The shapes of the checks before: a GPU compiles its programs anew for each.
    await model.fit(x, y, { batchSize: ROWS, verbose: 0 });
    await taken(model.predict(x) as tf.Tensor);
    dispose();
    optimizer.dispose();
  }
};

export const family: Check[] = [
  ...values,
  ...trainings,
  ...predictions,
  {
    name: 'No leak: training and predicting with layers of the family',
    async run() {
      await trained();
      await expectNoLeakLater(trained);
    },
  },
];
