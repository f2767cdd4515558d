/**
 * How far the scales of the posterior still are from where the objective lets them rest.
 *
 * With L = nll + T/N · KL, the slope in the log-scale of one weight, and what it becomes at rest, are
 *
 *     ∂L/∂ln s  =  G + T/N · (s²/p² − 1)  =  0,      G = ∂nll/∂ln s
 *
 * G is s² times a mean curvature of the nll. As long as that curvature does not change, the scale at rest is
 *
 *     s*² = s² / r,   r = N/T · G + s²/p²,      so that   |ln s* − ln s| = ½ |ln r|.
 *
 * G is known from draws only. It is averaged over the weights that leave one input, which see the same pixel: each
 * input has one r. A pixel that is always blank has G = 0, and its weights should go back to the prior. What noise is
 * left in G makes the distance too large rather than too small.
 */
import * as tf from '@tensorflow/tfjs';
import type { HiddenLayer } from 'tfjs-bnn';
import type { Digits } from './data';
import { valueOf } from '../values';
import { hiddenLayers } from './nets';

/** Digits over which G is averaged. */
const EXAMPLES = 4096;
const BATCH_SIZE = 256;

/** The mean of |ln s* − ln s| over all weights; at T = 0 there is no rest, and it is infinite. */
export function distanceFromRest(net: tf.Sequential, digits: Digits): number {
  const layers = hiddenLayers(net);
  if (layers.some(({ klWeight, KL_factor }) => klWeight * KL_factor === 0)) return Infinity;
  const weights = layers.map(lnScale);
  const G = slopes(net, weights, digits);
  const distances = layers.map((layer, i) =>
    valueOf(() => {
      const { A_scale } = layer.posterior();
      const ratio = tf.square(tf.div(A_scale, layer.prior().A_prior_scale));
      // Noise can make a G that is nearly 0 negative.
      const G_d = tf.relu(tf.mean(G[i]!, 1)).div(layer.klWeight * layer.KL_factor);
      return tf.mean(tf.mul(0.5, tf.abs(tf.log(tf.add(G_d, tf.mean(ratio, 1))))));
    }),
  );
  tf.dispose(G);
  return weightedMean(distances, weights);
}

/** Remembers the scales at the beginning of each epoch, to say what the last one did to them. */
export class ScaleWatch {
  private before: tf.Tensor[] = [];

  constructor(private readonly net: tf.Sequential) {}

  readonly callbacks: tf.CustomCallbackArgs = {
    onEpochBegin: () => {
      tf.dispose(this.before);
      this.before = hiddenLayers(this.net).map((layer) => lnScale(layer).clone());
    },
  };

  /** The mean of |change of ln s| over all weights since the last epoch began. */
  change(): number {
    const weights = hiddenLayers(this.net).map(lnScale);
    const changes = weights.map((w, i) => valueOf(() => tf.mean(tf.abs(tf.sub(w, this.before[i]!)))));
    return weightedMean(changes, weights);
  }

  dispose(): void {
    tf.dispose(this.before);
  }
}

/** ∂nll/∂ln s for each weight, from one draw for each of some digits. */
function slopes(net: tf.Sequential, weights: tf.Variable[], { x, y }: Digits): tf.Tensor[] {
  const N = Math.min(EXAMPLES, x.shape[0]);
  let sums = weights.map((w): tf.Tensor => tf.zerosLike(w));
  for (let start = 0; start < N; start += BATCH_SIZE) {
    const size = Math.min(BATCH_SIZE, N - start);
    const added = tf.tidy(() => {
      const nll = (): tf.Scalar => {
        const p = net.apply(x.slice(start, size)) as tf.Tensor;
        return tf.metrics.categoricalCrossentropy(y.slice(start, size), p).mean();
      };
      const { grads } = tf.variableGrads(nll, weights);
      return weights.map((w, i) => tf.add(sums[i]!, tf.mul(size / N, grads[w.name]!)));
    });
    tf.dispose(sums);
    sums = added;
  }
  return sums;
}

/** The variable ln A_scale of a layer, itself and not a copy. */
function lnScale(layer: HiddenLayer): tf.Variable {
  const variable = layer.trainableWeights[1]!.read();
  if (!(variable instanceof tf.Variable)) throw new Error(`${layer.name} has no variable for its scales.`);
  return variable as tf.Variable;
}

function weightedMean(values: number[], weights: tf.Variable[]): number {
  const size = weights.reduce((sum, w) => sum + w.size, 0);
  return values.reduce((sum, value, i) => sum + (value * weights[i]!.size) / size, 0);
}
