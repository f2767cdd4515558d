/**
 * How far the stddevs of a layer are from rest, by the gradients that train them.
 *
 * With L = nll + f · KL, f = klWeight · KL_factor, n weights and all their stddevs multiplied by c,
 *
 *     slope x  =  1/(f n) · dL/d ln c  =  1/(f n) · Σ ∂L/∂ ln s  =  1/(f n) · Σ ∂nll/∂ ln s  +  mean(s²/p²) − 1
 *
 * is −1 where the data do not see the stddevs yet, 0 at rest, and above 0 where they are too large. For noise that is small
 * beside the curvature of the nll both terms in it grow like c², so that
 *
 *     L(c)  =  f n [ ½ (1 + x)(c² − 1) − ln c ] + L(1)
 *
 * is least at c = 1/√(1 + x), and lower there by f n · ½ [x − ln(1 + x)], about f n (ln c)². The size of the steps is not
 * in it: a learning rate that falls stops the stddevs wherever they are, and so does a gradient whose noise drowns its mean,
 * as under a small klWeight. Over many weights and steps that noise averages out.
 */
import * as tf from '@tensorflow/tfjs';
import type { BayesianLayer } from '../layers/bayesian';
import { unwatchSteps, watchSteps, type Watcher } from '../optimizer/beforeSteps';
import type { NamedGradient } from '../optimizer/namedGradients';

/** x of one layer, with its standard error over the steps. */
export interface Slope {
  name: string;
  weights: number;
  slope: number;
  standardError: number;
}

/** 1 + x: from such a slope on nothing is told of how far it is. */
const LEAST = 1e-3;

/** c = 1/√(1 + x): what the stddevs would have to be multiplied by. */
export const missingFactor = (slope: number): number => 1 / Math.sqrt(Math.max(LEAST, 1 + slope));

/** ½ [x − ln(1 + x)], nats a weight in units of f: what the loss would lose. */
export const excessLoss = (slope: number): number => 0.5 * (slope - Math.log(Math.max(LEAST, 1 + slope)));

/** Σ x and Σ x² over the steps, and their number. */
interface Sums {
  sums: tf.Tensor;
  weights: number;
  steps: number;
}

export class ScaleSlope {
  private readonly sums = new Map<BayesianLayer, Sums>();
  private readonly watcher: Watcher;

  /** Listens to the optimizer until `dispose`, or until `holds` is no longer true. */
  constructor(
    private readonly layers: readonly BayesianLayer[],
    private readonly optimizer: tf.Optimizer,
    holds: () => boolean,
  ) {
    const see = (gradients: NamedGradient[]): NamedGradient[] => {
      this.hear(gradients);
      return gradients;
    };
    const dispose = (): void => {
      for (const { sums } of this.sums.values()) sums.dispose();
      this.sums.clear();
    };
    this.watcher = { see, holds, dispose };
    watchSteps(optimizer, this.watcher);
  }

  /** For each layer whose stddevs were trained under a KL. */
  async slopes(): Promise<Slope[]> {
    return Promise.all(
      [...this.sums].map(async ([{ name }, { sums, weights, steps }]) => {
        const [sum, squares] = (await sums.data()) as unknown as [number, number];
        const slope = sum / steps;
        const variance = Math.max(0, squares / steps - slope ** 2);
        return { name, weights, slope, standardError: Math.sqrt(variance / Math.max(1, steps - 1)) };
      }),
    );
  }

  dispose(): void {
    unwatchSteps(this.optimizer, this.watcher);
  }

  private hear(gradients: readonly NamedGradient[]): void {
    const named = new Map(gradients.map(({ name, tensor }) => [name, tensor]));
    for (const layer of this.layers) {
      const f = layer.klWeight * layer.klFactor;
      const variables = layer.gaussians().map((tensor) => tensor.read().lnStddev as tf.Variable);
      const found = variables.flatMap(({ name }) => named.get(name) ?? []);
      if (f === 0 || found.length === 0) continue;
      const weights = found.reduce((n, { size }) => n + size, 0);
      const before = this.sums.get(layer);
      const sums = tf.tidy(() => {
        const x = tf.div(tf.addN(found.map((g) => tf.sum(g))), f * weights);
        const both = tf.stack([x, tf.square(x)]);
        return tf.keep(before === undefined ? both : tf.add(before.sums, both));
      });
      before?.sums.dispose();
      this.sums.set(layer, { sums, weights, steps: (before?.steps ?? 0) + 1 });
    }
  }
}
