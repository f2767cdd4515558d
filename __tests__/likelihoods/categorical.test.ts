import * as tf from '@tensorflow/tfjs';
import * as check from '../../src/check';
import { categoricalNLL } from '../../src/likelihoods/categorical';
import { nll } from '../../src/metrics/classScores';
import { classification } from '../fixtures/metrics.json';
import { checkLikelihood, expectFinite } from '../helpers/checkLikelihood';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

const y = [
  [0, 1, 0],
  [1, 0, 0],
  [0, 0.25, 0.75],
];

checkLikelihood('categoricalNLL of probabilities', {
  loss: categoricalNLL(),
  closedForm: (t, p) => -t.reduce((sum, v, c) => sum + v * Math.log(p[c]!), 0),
  y,
  outputs: [
    [0.2, 0.5, 0.3],
    [0.01, 0.98, 0.01],
    [0.1, 0.3, 0.6],
  ],
  activation: 'softmax',
});

checkLikelihood('categoricalNLL of logits', {
  loss: categoricalNLL({ outputs: 'logits' }),
  closedForm: (t, l) => {
    const lnSum = Math.log(l.reduce((sum, v) => sum + Math.exp(v), 0));
    return t.reduce((sum, v, c) => sum + v * (lnSum - l[c]!), 0);
  },
  y,
  outputs: [
    [2, -1, 0.5],
    [0, 3, -4],
    [1, 1, 1],
  ],
});

eachBackend('categoricalNLL', () => {
  test('is the fixture of scipy, from logits and from probabilities, with indices or one-hot', () => {
    tf.tidy(() => {
      const { labels, logits, log_likelihood_per_draw, mean_probabilities } = classification;
      const onLogits = categoricalNLL({ outputs: 'logits' });
      const ys = [
        tf.tensor1d(labels, 'int32'),
        tf.tensor1d(labels),
        tf.tensor2d(labels, [40, 1]),
        tf.oneHot(tf.tensor1d(labels, 'int32'), 5),
      ];
      for (const each of ys) {
        logits.forEach((l, s) =>
          expectAllClose(
            onLogits(each, tf.tensor2d(l)),
            log_likelihood_per_draw[s]!.map((v) => -v),
            { atol: 1e-5 },
          ),
        );
        const p = tf.tensor2d(mean_probabilities);
        expectAllClose(categoricalNLL()(each, p), nll(p, labels));
      }
    });
  });

  test('adds up the positions of a sequence of indices', () => {
    tf.tidy(() => {
      const p = tf.tensor3d([
        [
          [0.5, 0.5],
          [0.1, 0.9],
        ],
      ]);
      expectAllClose(categoricalNLL()(tf.tensor2d([[0, 1]], [1, 2], 'int32'), p), [
        -Math.log(0.5) - Math.log(0.9),
      ]);
    });
  });

  test.each(['probabilities', 'logits'] as const)('adds up three positions of two classes: %s', (outputs) => {
    tf.tidy(() => {
      const p = tf.tensor3d([0.5, 0.5, 0.1, 0.9, 0.7, 0.3], [1, 3, 2]);
      const loss = categoricalNLL({ outputs });
      const output = outputs === 'logits' ? tf.log(p) : p;
      const expected = [-Math.log(0.5) - Math.log(0.9) - Math.log(0.7)];
      const labels = tf.tensor2d([[0, 1, 0]], [1, 3], 'int32');
      expectAllClose(loss(labels, output), expected);
      expectAllClose(loss(tf.oneHot(labels, 2).toFloat(), output), expected);
    });
  });

  test('refuses an output without an axis of classes', () => {
    tf.tidy(() => {
      const one = tf.tensor1d([0, 1]);
      expect(() => categoricalNLL()(one, one)).toThrow('yPred must have a column for every class');
    });
  });

  test('reads no labels on a GPU, where that would stall every step', () => {
    const spy = jest.spyOn(check, 'isOnGPU').mockReturnValue(true);
    tf.tidy(() => {
      const [half, p] = [tf.tensor2d([[0.5, 0]]), tf.tensor2d([[0.25, 0.75]])];
      expectAllClose(categoricalNLL()(half, p), [-0.5 * Math.log(0.25)]);
    });
    spy.mockRestore();
  });

  test('trains on class indices through fitDataset', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [1] })] });
    model.compile({ optimizer: tf.train.adam(0.1), loss: categoricalNLL({ outputs: 'logits' }) });
    const data = tf.data.array([0, 1, 2, 1].map((v) => ({ xs: [v], ys: v }))).batch(2);
    const options = { epochs: 20, verbose: 0 };
    const { history } = await model.fitDataset(data, options);
    const losses = history.loss as number[];
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    model.dispose();
  });

  test('stays finite for probabilities of 0 and logits of ±1e30', () => {
    const one = tf.tensor2d([[1, 0]]);
    expectFinite(categoricalNLL(), one, tf.tensor2d([[0, 1]]));
    expectFinite(categoricalNLL({ outputs: 'logits' }), one, tf.tensor2d([[-1e30, 1e30]]));
    tf.tidy(() => expectAllClose(categoricalNLL()(one, tf.tensor2d([[0, 1]])), [37 * Math.LN10]));
    one.dispose();
  });

  test('never lets an index that is no class pass for free', () => {
    tf.tidy(() => {
      const p = tf.tensor2d([[0.25, 0.75]]);
      const of = (index: number) => () => categoricalNLL()(tf.tensor1d([index]), p);
      if (['webgl', 'webgpu'].includes(tf.getBackend()))
        expect(of(2)().dataSync()).toEqual(Float32Array.of(NaN));
      else
        for (const index of [2, -1, 0.5, NaN])
          expect(of(index)).toThrow(
            `categoricalNLL: yTrue must be class indices from 0 to 1, got a value of ${index}`,
          );
    });
  });
});

describe('categoricalNLL refuses', () => {
  const called = (yTrue: tf.Tensor, yPred: tf.Tensor) => () => tf.tidy(() => categoricalNLL()(yTrue, yPred));

  test('rows that are no distribution', async () => {
    await tf.setBackend('cpu');
    const p = tf.tensor2d([[0.25, 0.75]]);
    expect(called(tf.tensor2d([[1, 1]]), p)).toThrow('every row of yTrue must sum to 1, got a value of 2');
    expect(called(tf.tensor2d([[-1, 2]]), p)).toThrow(
      'must be one-hot or a distribution over the classes, got a value of -1',
    );
  });

  test('shapes that do not fit, a single column, another word', () => {
    const p = tf.fill([2, 3], 1 / 3);
    expect(called(tf.ones([3]), p)).toThrow('yTrue must be one-hot [2, 3] or class indices [2], got [3]');
    expect(called(tf.ones([2, 2]), p)).toThrow('got [2, 2]');
    expect(called(tf.ones([2, 1]), tf.ones([2, 1]))).toThrow('for one column use bernoulliNLL');
    expect(() => categoricalNLL({ outputs: 'logit' } as never)).toThrow(
      'categoricalNLL: outputs must be one of "probabilities", "logits", got "logit"',
    );
    expect(() => categoricalNLL({ fromLogits: true } as never)).toThrow('options must be among outputs');
  });
});
