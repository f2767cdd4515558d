import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src';
import { eachBackend } from '../helpers/eachBackend';

eachBackend('a number of bins', () => {
  test.each([1e9, 10_001, Infinity, 0, 1.5, '10', null, 10n, Symbol('ten')])(
    '%p is refused before anything is made',
    (bins) => {
      // prettier-ignore
      const options = { bins: bins as number };
      tf.tidy(() => {
        const p = tf.fill([2, 2], 0.5);
        const posterior = { A_mean: p, A_scale: p };
        for (const table of [
          () => bnn.reliabilityTable(p, [0, 1], options),
          () => bnn.expectedCalibrationError(p, [0, 1], options),
          () => bnn.weightHistogram(posterior, options),
        ])
          expect(table).toThrow(/: bins must be (at most 10000|a whole number of at least 1), got /);
      });
    },
  );
});

describe('garbage is one error of ours', () => {
  test.each([null, undefined, 7, 'words', 1n, Symbol('s'), [1n], {}, () => 1])('%p', async (garbage) => {
    await tf.setBackend('cpu');
    const any = garbage as never;
    const p = tf.fill([2, 2], 0.5);
    for (const [name, f] of Object.entries({
      nll: () => bnn.nll(p, any),
      brierScore: () => bnn.brierScore(any, [0]),
      auroc: () => bnn.auroc([1, 2], any),
      accuracyRejectionCurve: () => bnn.accuracyRejectionCurve([1], any),
      crpsEnsemble: () => bnn.crpsEnsemble(p, any),
      crpsGaussian: () => bnn.crpsGaussian(p, p, any),
      intervalCoverage: () => bnn.intervalCoverage(any, p),
      sharpness: () => bnn.sharpness(any),
      logPredictiveDensity: () => bnn.logPredictiveDensity(p.expandDims(0), p, any),
      weightHistogram: () => bnn.weightHistogram(any),
      compileMetric: () => bnn.compileMetric(any)(any, any),
      gaussianNLL: () => bnn.gaussianNLL({ stddev: 1 })(any, p),
      studentTNLL: () => bnn.studentTNLL({ df: [any] as never, scale: 1 }),
    }))
      expect([name, messageOf(f)]).toEqual([name, expect.stringMatching(/^[a-zA-Z]+: .* must .*, got /)]);
    p.dispose();
  });
});

function messageOf(f: () => unknown): string {
  try {
    f();
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  }
}
