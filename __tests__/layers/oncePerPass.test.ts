import * as tf from '@tensorflow/tfjs';
import { OncePerPass } from '../../src/layers/oncePerPass';

beforeAll(() => tf.setBackend('cpu'));

/** Runs `pass` under a gradient of its own. */
const underGradient = <T>(pass: () => T): T => {
  let result: T | undefined;
  tf.tidy(() =>
    tf.grad((x) => {
      result = pass();
      return x.sum();
    })(tf.scalar(1)),
  );
  return result!;
};
const [weights, trained] = [[{}], [{}]];

describe('OncePerPass', () => {
  test('is due after the first call of a pass, and is handed over once', () => {
    const due = new OncePerPass();
    expect(due.take()).toBe(false);
    due.begin(weights);
    expect([due.take(), due.take(), due.take()]).toEqual([true, false, false]);
  });

  test('is due once however often a pass calls', () => {
    const due = new OncePerPass();
    for (let i = 0; i < 3; i++) expect(due.begin(weights)).toBe(false);
    expect([due.take(), due.take()]).toEqual([true, false]);
  });

  test('is due again after the next call, under one gradient too', () => {
    const due = new OncePerPass();
    const pass = (version: unknown[]): void => {
      expect(due.begin(version)).toBe(false);
      expect([due.take(), due.take()]).toEqual([true, false]);
    };
    for (const version of [weights, trained, weights]) {
      pass(version);
      underGradient(() => {
        pass(version);
        pass(version);
      });
    }
  });

  test('is due no more when the gradient has ended, nor in another one', () => {
    const due = new OncePerPass();
    underGradient(() => due.begin(weights));
    expect(due.take()).toBe(false);
    expect(underGradient(() => due.take())).toBe(false);
    expect(underGradient(() => (due.begin(weights), due.take()))).toBe(true);
  });

  test('was missed where nobody asked before the weights were trained', () => {
    const due = new OncePerPass();
    expect(underGradient(() => due.begin(weights))).toBe(false);
    expect(underGradient(() => due.begin(trained))).toBe(true);
    expect(underGradient(() => due.begin(trained))).toBe(false);
  });

  test('was not missed where somebody asked, in the pass itself', () => {
    const due = new OncePerPass();
    underGradient(() => {
      due.begin(weights);
      due.ask();
    });
    expect(due.begin(trained)).toBe(false);
    underGradient(() => due.begin(weights));
    due.ask();
    expect(due.begin(trained)).toBe(true);
  });

  test('asking leaves it due', () => {
    const due = new OncePerPass();
    underGradient(() => {
      due.begin(weights);
      due.ask();
      expect(due.take()).toBe(true);
    });
  });
});
