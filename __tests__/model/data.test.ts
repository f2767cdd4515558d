/** One table: every loss, in every form of data that TensorFlow.js has, through every entry. */
import * as tf from '@tensorflow/tfjs';
import {
  bernoulliNLL,
  categoricalNLL,
  diagnose,
  elboReport,
  evaluateElbo,
  gaussianNLL,
  poissonNLL,
  studentTNLL,
  withScaleColumns,
} from '../../src';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection, expectNoLeakLater } from '../helpers/leaks';
import { apply, modelsOfEachTest, output } from '../helpers/models';
import { collectWarnings } from '../helpers/warnings';

const B = 6;
type Loss = string | ((y: tf.Tensor, ŷ: tf.Tensor) => tf.Tensor);
interface Row {
  loss: Loss;
  units: number;
  activation?: 'linear' | 'softmax' | 'sigmoid' | 'softplus';
  /** As `fit` takes them with tensors. */
  targets: () => tf.Tensor;
  /** As `fitDataset` takes them too, where `fit` does not. */
  natural?: () => tf.Tensor;
}

const numbers = (): tf.Tensor2D => tf.tensor2d(scattered(B, 1, 3));
const classes = (): tf.Tensor1D => tf.tensor1d([0, 1, 2, 0, 1, 2]);
const oneHot = (): tf.Tensor => tf.oneHot(classes().toInt(), 3);
const bits = (): tf.Tensor => tf.tensor2d([0, 1, 1, 0, 1, 0], [B, 1]);
const counts = (): tf.Tensor => tf.tensor2d([0, 1, 2, 3, 1, 0], [B, 1]);

const losses: Record<string, Row> = {
  'gaussianNLL, a known stddev': { loss: gaussianNLL({ stddev: 0.5 }), units: 1, targets: numbers },
  "gaussianNLL, stddev: 'output'": {
    loss: gaussianNLL({ stddev: 'output' }),
    units: 2,
    targets: () => withScaleColumns(numbers()),
    natural: numbers,
  },
  "studentTNLL, scale: 'output'": {
    loss: studentTNLL({ df: 4, scale: 'output' }),
    units: 2,
    targets: () => withScaleColumns(numbers()),
    natural: numbers,
  },
  'categoricalNLL, one-hot of int32': { loss: categoricalNLL(), units: 3, activation: 'softmax', targets: oneHot }, // prettier-ignore
  bernoulliNLL: { loss: bernoulliNLL(), units: 1, activation: 'sigmoid', targets: bits },
  poissonNLL: { loss: poissonNLL(), units: 1, targets: counts },
  meanSquaredError: { loss: 'meanSquaredError', units: 1, targets: numbers },
  'meanSquaredError, [B]': { loss: 'meanSquaredError', units: 1, targets: () => numbers().flatten(), natural: numbers }, // prettier-ignore
  binaryCrossentropy: { loss: 'binaryCrossentropy', units: 1, activation: 'sigmoid', targets: bits },
  categoricalCrossentropy: { loss: 'categoricalCrossentropy', units: 3, activation: 'softmax', targets: oneHot }, // prettier-ignore
  sparseCategoricalCrossentropy: {
    loss: 'sparseCategoricalCrossentropy',
    units: 3,
    activation: 'softmax',
    targets: () => classes().expandDims(1),
  },
  'sparseCategoricalCrossentropy, [B]': {
    loss: 'sparseCategoricalCrossentropy',
    units: 3,
    activation: 'softmax',
    targets: classes,
  },
};

type Form = (t: tf.Tensor, name: string) => tf.TensorContainer;
const forms: Array<[string, Form]> = [
  ['a tensor', (t) => t],
  ['an array', (t) => [t]],
  ['a tensor by its name', (t, name) => ({ [name]: t })],
];

eachBackend('data', () => {
  collectWarnings();
  const { made } = modelsOfEachTest(0.3);

  function net({ loss, units, activation = 'linear' }: Row): tf.LayersModel {
    const input = tf.input({ shape: [3], name: 'measured' });
    // So narrow that one draw is as good as another.
    const layer = output({ units, non_linearity: activation, KL_factor: 1 / B, name: 'told' });
    const model = made(tf.model({ inputs: input, outputs: apply(layer, input) }), 1e-7);
    model.compile({
      optimizer: tf.train.sgd(0),
      loss,
      metrics: typeof loss === 'string' ? [] : [loss],
    });
    return model;
  }

  /** In two batches. */
  const datasetOf = (
    x: tf.Tensor,
    y: tf.Tensor,
    form: Form,
  ): tf.data.Dataset<Record<string, tf.TensorContainer>> =>
    tf.data.generator(function* () {
      for (const i of [0, 1])
        yield tf.tidy(() => ({
          xs: form(x.slice((i * B) / 2, B / 2), 'measured'),
          ys: form(y.slice((i * B) / 2, B / 2), 'told'),
        }));
    });

  const valueOf = (losses: tf.Scalar | tf.Scalar[]): number => {
    const [loss] = [losses].flat();
    const [value] = loss!.dataSync();
    tf.dispose(losses);
    return value!;
  };

  test.each(Object.entries(losses))('%s: every form through every entry', async (_, row) => {
    const model = net(row);
    // Whole numbers too, as fromPixels gives them.
    const x = tf.tensor2d(scattered(B, 3)).mul(4).toInt();
    const [y, natural] = [row.targets(), (row.natural ?? row.targets)()];
    const expected = valueOf(model.evaluate(x, y));
    expect(Number.isFinite(expected)).toBe(true);
    const near = (value: number | undefined): void => {
      expect(Math.abs(value! - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
    };
    const training = { epochs: 1, verbose: 0, callbacks: elboReport() } as const;
    for (const [, form] of forms) {
      const [xs, ys] = [form(x, 'measured'), form(y, 'told')] as [tf.Tensor, tf.Tensor];
      await expectNoLeakLater(async () => {
        near((await model.fit(xs, ys, training)).history.nll![0] as number);
        near(valueOf(model.evaluate(xs, ys)));
        near((await evaluateElbo(model, { x: xs, y: ys }, { samples: 2 })).nll);
        expect((await diagnose(model, { x: xs, y: ys, draws: 2 })).findings.map(({ fault }) => fault)).not.toContain('notFinite'); // prettier-ignore
        for (const targets of new Set([natural, y].filter(({ rank }) => rank > 1 || row.units > 1))) {
          const dataset = datasetOf(x, targets, form);
          near((await model.fitDataset(dataset, training)).history.nll![0] as number);
          near(valueOf(await model.evaluateDataset(dataset, {})));
          near((await evaluateElbo(model, dataset, { samples: 2, batchSize: 4 })).nll);
          await diagnose(model, { x, y: targets, draws: 2 });
        }
      });
    }
  });

  test('of several inputs and outputs, by name in any order', async () => {
    const inputs = ['a', 'b'].map((name) => tf.input({ shape: [2], name }));
    const both = apply(tf.layers.concatenate(), ...inputs);
    const heads = ['u', 'v'].map((name) => apply(output({ units: 1, name, KL_factor: 1 / B }), both));
    const model = made(tf.model({ inputs, outputs: heads }), 1e-7);
    model.compile({
      optimizer: tf.train.sgd(0),
      loss: [gaussianNLL({ stddev: 1 }), gaussianNLL({ stddev: 2 })],
    });
    const [a, b] = [1, 2].map((i) => tf.tensor2d(scattered(B, 2, i)));
    const [u, v] = [3, 4].map((i) => tf.tensor2d(scattered(B, 1, i)));
    // TensorFlow.js adds the losses up as it goes along.
    const [, total] = (model.evaluate([a!, b!], [u!, v!]) as tf.Scalar[]).map((t) => t.dataSync()[0]!);
    const options = { samples: 2 };
    const byOrder = await evaluateElbo(model, { x: [a!, b!], y: [u!, v!] }, options);
    const byName = await evaluateElbo(model, { x: { b: b!, a: a! }, y: { v: v!, u: u! } }, options);
    const dataset = tf.data.generator(function* () {
      yield { xs: { b: b!.clone(), a: a!.clone() }, ys: { v: v!.clone(), u: u!.clone() } };
    });
    const ofDataset = await evaluateElbo(model, dataset, options);
    for (const { nll } of [byOrder, byName, ofDataset]) expect(nll).toBeCloseTo(total!, 4);
    await diagnose(model, { x: { b: b!, a: a! }, y: { v: v!, u: u! }, draws: 2 });
  });

  test('are refused where a name, a tensor or a row is missing, with nothing left behind', async () => {
    const model = net(losses.meanSquaredError!);
    const [x, y] = [tf.ones([B, 3]), numbers()];
    const gone = tf.ones([B, 3]);
    gone.dispose();
    const wrong: Array<[unknown, unknown, RegExp]> = [
      [{ other: x }, y, /x must be 1 tensor\(s\), or named measured, got {other}/],
      [x, { other: y }, /y must be 1 tensor\(s\), or named told, got {other}/],
      [[x, x], y, /x must be 1 tensor\(s\)/],
      [gone, y, /x must not be disposed of, got a tensor of shape \[6, 3\] that was disposed of/],
      [null, y, /x must be 1 tensor\(s\), or named measured, got null/],
      [x, Symbol('y'), /y must be 1 tensor\(s\), or named told, got Symbol\(y\)/],
    ];
    for (const [xs, ys, message] of wrong) {
      const data = { x: xs, y: ys } as { x: tf.Tensor; y: tf.Tensor };
      await expectCleanRejection(() => evaluateElbo(model, data), message);
      await expectCleanRejection(() => diagnose(model, data), message);
    }
    const short = y.slice(0, 2);
    const message = 'diagnose: all tensors of x and y must have 6 rows, got [2, 1]';
    await expectCleanRejection(() => diagnose(model, { x, y: short }), message);
    const [noX, noY] = [x.slice(0, 0), y.slice(0, 0)];
    const none = 'diagnose: x and y must have rows, got none';
    await expectCleanRejection(() => diagnose(model, { x: noX, y: noY }), none);
  });
});
