/** The promises of the two thresholds, over many held-out sets; and what they refuse. */
import * as tf from '@tensorflow/tfjs';
import { abstentionThreshold, outOfDistributionThreshold } from '../../src';
import { onBackend } from '../helpers/eachBackend';

/** mulberry32 (Ettinger 2017). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('abstentionThreshold', () => {
  test('keeps the error rate with the confidence asked for, over 500 held-out sets', () => {
    const random = uniform(3);
    const N = 1000;
    let [broken, refused, answered] = [0, 0, 0];
    for (let set = 0; set < 500; set++) {
      const u = Float64Array.from({ length: N }, random);
      // Wrong with probability u⁴: below a threshold t the error rate is t⁴/5, which is 0.1 at t = 0.84.
      const correct = u.map((v) => (random() < v ** 4 ? 0 : 1));
      try {
        const found = abstentionThreshold(u, correct, { errorRate: 0.1 });
        if (Math.min(found.threshold, 1) ** 4 / 5 > 0.1) broken++;
        answered += found.answered;
      } catch {
        refused++;
      }
    }
    // At most 1 in 10 may break the promise; Bonferroni's factor makes it fewer.
    expect(broken).toBeLessThan(50 - 3 * Math.sqrt(500 * 0.1 * 0.9));
    // And it is of use: 84 % could be answered.
    expect(refused).toBe(0);
    expect(answered / 500).toBeGreaterThan(0.7);
  });

  test('answers below the threshold: all, some, and never a part of equal ones', () => {
    const right = new Float64Array(200).fill(1);
    const u = right.map((_, i) => i / 200);
    expect(abstentionThreshold(u, right, { errorRate: 0.05 })).toEqual({
      threshold: Infinity,
      answered: 1,
      errorRate: 0,
    });
    // The upper half is wrong.
    const half = right.map((_, i) => (i < 100 ? 1 : 0));
    const { threshold, answered, errorRate } = abstentionThreshold(u, half, { errorRate: 0.1 });
    expect(answered).toBe(u.filter((v) => v < threshold).length / 200);
    expect(answered).toBe(0.5);
    expect(errorRate).toBe(0);
    // 50 that are all as sure, half of them wrong, behind 150: none of them is answered.
    const tied = u.map((v, i) => (i < 150 ? v : 5));
    const ofTied = abstentionThreshold(
      tied,
      right.map((_, i) => (i >= 150 && i % 2 === 0 ? 0 : 1)),
      {
        errorRate: 0.06,
      },
    );
    expect(ofTied).toEqual({ threshold: 5, answered: 0.75, errorRate: 0 });
  });

  test.each<[string, () => unknown, string]>([
    [
      'too few',
      () => abstentionThreshold([1, 2, 3], [1, 1, 1], { errorRate: 0.05 }),
      'abstentionThreshold: an error rate of 0.05 with confidence 0.9 takes 104 answers without an error, or more with some, got 3 examples, 0 of them wrong, and no part of them passes; hold out more',
    ],
    [
      'other lengths',
      () => abstentionThreshold([1, 2], [1], { errorRate: 0.1 }),
      'correct must be as long as uncertainty, 2, got 1',
    ],
    [
      'no 0 or 1',
      () => abstentionThreshold([1], [0.5], { errorRate: 0.1 }),
      'correct must be 0 or 1, got 0.5 in row 0',
    ],
    [
      'no rate',
      () => abstentionThreshold([1], [1], {} as never),
      'errorRate must be above 0 and below 1, got undefined',
    ],
    [
      'a typing mistake',
      () => abstentionThreshold([1], [1], { errorrate: 0.1 } as never),
      'did you mean errorRate?',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('outOfDistributionThreshold', () => {
  test('keeps the false-alarm rate over 1,000 held-out sets', () => {
    const random = uniform(5);
    let sum = 0;
    for (let set = 0; set < 1000; set++) {
      const threshold = outOfDistributionThreshold(Float64Array.from({ length: 99 }, random), {
        falseAlarmRate: 0.05,
      });
      sum += 1 - threshold;
    }
    // The rate given a held-out set is Beta(5, 95).
    const error = Math.sqrt((0.05 * 0.95) / 101 / 1000);
    expect(Math.abs(sum / 1000 - 0.05)).toBeLessThan(5 * error);
  });

  test('is a rank, and says how many are needed', () => {
    const scores = Float64Array.from({ length: 19 }, (_, i) => 19 - i);
    expect(outOfDistributionThreshold(scores, { falseAlarmRate: 0.05 })).toBe(19);
    expect(outOfDistributionThreshold(scores, { falseAlarmRate: 0.5 })).toBe(10);
    expect(() => outOfDistributionThreshold(scores.slice(1), { falseAlarmRate: 0.05 })).toThrow(
      'outOfDistributionThreshold: a false-alarm rate of 0.05 needs at least 19 held-out examples, got 18',
    );
    expect(() => outOfDistributionThreshold(scores, { falseAlarmRate: 0 })).toThrow('falseAlarmRate must be');
  });
});

onBackend('cpu', 'thresholds', () => {
  test('take tensors, which stay the caller’s', () => {
    const before = tf.memory().numTensors;
    const u = tf.linspace(0, 1, 100);
    const correct = tf.lessEqual(u, 1);
    expect(abstentionThreshold(u, correct, { errorRate: 0.1 }).threshold).toBe(Infinity);
    expect(outOfDistributionThreshold(u, { falseAlarmRate: 0.1 })).toBeCloseTo(0.909, 2);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([u, correct]);
  });
});
