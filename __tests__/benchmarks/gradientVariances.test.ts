import * as tf from '@tensorflow/tfjs';
import { ESTIMATORS, gradientVariances, slopeOf } from '../../benchmarks/gradientVariances';
import { expectChance } from '../helpers/gaussianTests';
import { scattered } from '../helpers/closedForms';
import { collectWarnings } from '../helpers/warnings';

beforeAll(() => tf.setBackend('cpu'));
collectWarnings();

const [ROWS, D] = [4, 5];
const BATCHES = [4, 64];

/** Some rows, again and again: batches that differ in their size alone. */
const batch = (M: number): { x: tf.Tensor2D; y: tf.Tensor2D } =>
  tf.tidy(() => ({
    x: tf.tile(tf.tensor2d(scattered(ROWS, D, 1)), [M / ROWS, 1]),
    y: tf.tile(tf.oneHot([0, 1, 1, 0], 2).toFloat() as tf.Tensor2D, [M / ROWS, 1]),
  }));

/**
 * The slope of ln variance over ln M. Of flipout the gradient of A_scale has a floor, since examples share |ε|: of about 2S²
 * times the curvature, which with a small S is far below what falls.
 */
const SLOPES = { local: -1, flipout: -1, weightSpace: 0 };

test('the variance of the gradient falls by 1/M, but with one draw of the weights for all', () => {
  const slopes = ESTIMATORS.map((estimator) => {
    const variances = BATCHES.map((M) => {
      const given = batch(M);
      const found = gradientVariances(estimator, given, { units: 3, stddev: 0.02, draws: 150 });
      tf.dispose(given);
      return found;
    });
    return [estimator, variances] as const;
  });
  expectChance(
    slopes.flatMap(([estimator, variances]) =>
      (['A_mean', 'A_scale'] as const).map((part) => {
        const { value, standardError } = slopeOf(
          BATCHES,
          variances.map((v) => v[part]),
        );
        // Sharp enough to tell 1/M from 1/√M and from nothing, at the largest z that chance explains.
        expect(standardError).toBeLessThan(0.5 / 6);
        return (value - SLOPES[estimator]) / standardError;
      }),
    ),
  );
});
