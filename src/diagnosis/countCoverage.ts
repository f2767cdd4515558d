/**
 * Do counts lie in their central intervals as often as they should? An interval of whole numbers holds more than its level,
 * of small counts far more, and a right prediction would look too wide. So each target counts by how much of its own
 * probability lies within: with F the distribution function of the mixture over the draws and u uniform on F(y − 1) … F(y),
 *
 *     coverage(q)  =  1/N Σ_n P( |u_n − ½| ≤ q/2 ),     which is q on average where the prediction is right
 *
 * (Czado, Gneiting & Held 2009, Biometrics 65, pp. 1254–1261, eq. 2: the nonrandomized probability integral transform.)
 */
import type * as tf from '@tensorflow/tfjs';
import type { LikelihoodOf } from '../likelihoods/likelihood';
import { poissonCdf } from '../numerics/incompleteGamma';
import type { Predictive } from '../predict/result';

/** For each level. @param y counts, as many as the prediction has numbers in a draw */
export async function countCoverage(
  prediction: Predictive,
  y: tf.Tensor,
  { outputs }: LikelihoodOf<'poisson'>,
  levels: readonly number[],
): Promise<number[]> {
  const draws = prediction.draws();
  const [numbers, counts] = await Promise.all([draws.data(), y.data()]);
  draws.dispose();
  const M = counts.length;
  const S = numbers.length / M;
  const within = levels.map(() => 0);
  for (let m = 0; m < M; m++) {
    let [below, upTo] = [0, 0];
    for (let s = 0; s < S; s++) {
      const v = numbers[s * M + m]!;
      const rate = outputs === 'rate' ? v : Math.exp(v);
      below += poissonCdf(counts[m]! - 1, rate) / S;
      upTo += poissonCdf(counts[m]!, rate) / S;
    }
    levels.forEach((q, i) => {
      const part = Math.min(upTo, (1 + q) / 2) - Math.max(below, (1 - q) / 2);
      // Far out in a tail there is nothing between the two.
      if (part > 0) within[i]! += part / (upTo - below) / M;
    });
  }
  return within;
}
