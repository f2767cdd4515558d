import { OncePerPass } from '../../src/layers/oncePerPass';

describe('OncePerPass', () => {
  test('is due after the first call of a pass, and is handed over once', () => {
    const due = new OncePerPass();
    expect(due.take()).toBe(false);
    due.begin({});
    expect([due.take(), due.take(), due.take()]).toEqual([true, false, false]);
  });

  test('is due once however often a pass calls', () => {
    const [due, pass] = [new OncePerPass(), {}];
    expect([due.begin(pass), due.begin(pass), due.begin(pass)]).toEqual([false, false, false]);
    expect([due.take(), due.take()]).toEqual([true, false]);
  });

  test('is due again in the next pass, also one with the same arguments', () => {
    const [due, pass] = [new OncePerPass(), {}];
    for (const next of [pass, {}, pass, pass]) {
      expect(due.begin(next)).toBe(false);
      expect([due.take(), due.take()]).toEqual([true, false]);
    }
  });

  test('tells when a pass ended and nobody had asked', () => {
    const [due, first, second] = [new OncePerPass(), {}, {}];
    expect(due.begin(first)).toBe(false);
    expect(due.begin(second)).toBe(true);
    expect(due.begin(second)).toBe(false);
    // What was missed is gone: the pass that follows owes its own share only.
    expect([due.take(), due.take()]).toEqual([true, false]);
  });
});
