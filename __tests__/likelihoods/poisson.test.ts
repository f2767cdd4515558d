import * as tf from '@tensorflow/tfjs';
import { poissonNLL } from '../../src/likelihoods/poisson';
import { checkLikelihood, expectFinite } from '../helpers/checkLikelihood';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

/** ln y! as a sum. */
const lnFactorial = (y: number): number => {
  let sum = 0;
  for (let k = 2; k <= y; k++) sum += Math.log(k);
  return sum;
};
const nllOf = (y: number, λ: number): number => λ - y * Math.log(λ) + lnFactorial(y);

const y = [
  [0, 1],
  [2, 7],
  [30, 3],
];

checkLikelihood('poissonNLL of log rates', {
  loss: poissonNLL(),
  closedForm: (t, l) => t.reduce((sum, v, k) => sum + nllOf(v, Math.exp(l[k]!)), 0),
  y,
  outputs: [
    [0.5, -1],
    [0.6, 3],
    [3.2, 1.1],
  ],
});

checkLikelihood('poissonNLL of rates', {
  loss: poissonNLL({ outputs: 'rate' }),
  closedForm: (t, λ) => t.reduce((sum, v, k) => sum + nllOf(v, λ[k]!), 0),
  y,
  outputs: [
    [0.5, 0.1],
    [2, 8],
    [25, 3],
  ],
  activation: 'softplus',
});

eachBackend('poissonNLL', () => {
  test('is the closed form for every count from 0 to 60', () => {
    const counts = Array.from({ length: 61 }, (_, k) => k);
    tf.tidy(() => {
      const l = Math.fround(Math.log(20));
      expectAllClose(
        poissonNLL()(tf.tensor2d(counts, [61, 1], 'int32'), tf.fill([61, 1], l)),
        counts.map((k) => nllOf(k, Math.exp(l))),
        { rtol: 2e-6, atol: 2e-6 },
      );
    });
  });

  test('costs least, to the last digits, where the rate is the count', () => {
    const counts = [1, 2, 3, 4, 5, 6];
    tf.tidy(() => {
      const y = tf.tensor2d(counts, [6, 1]);
      // ln 2πy is right to a unit of 2.4e-7, of which it is half, and the sum is rounded to one of 1.2e-7.
      expectAllClose(
        poissonNLL()(y, tf.log(y)),
        counts.map((k) => nllOf(k, k)),
        { rtol: 0, atol: 3e-7 },
      );
    });
  });

  test('keeps its digits for a million, where the textbook form has none left', () => {
    const count = 1e6;
    const l = Math.fround(Math.log(count) + 1e-3);
    const expected = nllOf(count, Math.exp(l));
    tf.tidy(() => {
      // A unit of float32 in ln λ = 13.8 is 1e-6, and the slope λ − y is 1000 there.
      expectAllClose(poissonNLL()(tf.tensor2d([[count]]), tf.tensor2d([[l]])), [expected], { atol: 2e-3 });
      const textbook = tf.sub(tf.exp(l), tf.mul(count, l)).dataSync()[0]! + Math.fround(lnFactorial(count));
      expect(Math.abs(textbook - expected)).toBeGreaterThan(0.1);
    });
  });

  test('exp(−NLL) sums to 1 over all counts', () => {
    const counts = Array.from({ length: 80 }, (_, k) => k);
    tf.tidy(() => {
      const p = tf.exp(tf.neg(poissonNLL()(tf.tensor2d(counts, [80, 1]), tf.fill([80, 1], Math.log(20)))));
      expectAllClose(p.sum(), 1, { rtol: 1e-5 });
    });
  });

  test('stays finite for rates of 0 and of e^±80', () => {
    const counts = tf.tensor2d([[0, 0, 3, 3, 1e6]]);
    expectFinite(poissonNLL(), counts, tf.tensor2d([[-80, 80, -80, 80, -1e4]]));
    expectFinite(poissonNLL({ outputs: 'rate' }), counts, tf.tensor2d([[0, 1e30, 0, 1e30, 0]]));
    counts.dispose();
  });
});

eachBackend('poissonNLL of a rate without end', () => {
  test('costs Infinity', () => {
    tf.tidy(() => {
      const [y, l] = [tf.tensor2d([[0], [3]]), tf.fill([2, 1], Infinity)];
      for (const loss of [poissonNLL(), poissonNLL({ outputs: 'rate' })])
        expect(Array.from(loss(y, l).dataSync())).toEqual([Infinity, Infinity]);
    });
  });
});

describe('poissonNLL refuses', () => {
  test('targets that are no counts, other shapes, another word', async () => {
    await tf.setBackend('cpu');
    const called = (yTrue: tf.Tensor, yPred: tf.Tensor) => () => tf.tidy(() => poissonNLL()(yTrue, yPred));
    for (const v of [-1, 0.5, NaN])
      expect(called(tf.tensor2d([[v]]), tf.zeros([1, 1]))).toThrow(
        `poissonNLL: yTrue must be counts, whole numbers of at least 0, got a value of ${v}`,
      );
    expect(called(tf.ones([2]), tf.ones([2, 1]))).toThrow(
      'yTrue must have the shape of yPred [2, 1], got [2]',
    );
    expect(() => poissonNLL({ outputs: 'logits' } as never)).toThrow(
      'outputs must be one of "logRate", "rate"',
    );
  });
});
