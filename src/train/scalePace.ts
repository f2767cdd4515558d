/**
 * How straight the scales of a posterior still travel, which tells whether it has come to rest.
 *
 *     pace = mean over the weights of |ln s − ln s₀| / Σ_steps η
 *
 * s₀ the scales where the watch began, η the learning rate of each step. An optimizer that divides a gradient by its size, as
 * Adam does, moves ln s by about η in a step where all steps agree (Kingma & Ba 2015, arXiv:1412.6980, section 2.1): the
 * pace is 1 for scales that travel, and falls like 1/√steps for those that wander about where they rest. Other optimizers
 * have no such measure.
 */
import * as tf from '@tensorflow/tfjs';
import type { BayesianLayer } from '../layers/bayesian';

/** Optimizers, by the names that they are saved under, whose steps are about as long as their learning rate. */
const NORMALISED = ['Adam', 'Adamax', 'RMSProp'];

export const hasPace = (optimizer: tf.Optimizer): boolean => NORMALISED.includes(optimizer.getClassName());

export class ScalePace {
  private readonly start: tf.Tensor[];
  private way = 0;

  /** Begins to watch; `dispose` frees the copies. */
  constructor(private readonly layers: readonly BayesianLayer[]) {
    this.start = tf.tidy(() => lnScales(layers).map((t) => tf.add(t, 0)));
  }

  /** A step at that learning rate is to come. */
  step(learningRate: number): void {
    this.way += learningRate;
  }

  /** Undefined without a step. */
  async pace(): Promise<number | undefined> {
    if (this.way === 0) return undefined;
    const sum = tf.tidy(() =>
      tf.addN(lnScales(this.layers).map((t, i) => tf.sum(tf.abs(tf.sub(t, this.start[i]!))))),
    );
    const [moved] = (await sum.data()) as unknown as [number];
    sum.dispose();
    const weights = this.start.reduce((n, { size }) => n + size, 0);
    return moved / weights / this.way;
  }

  dispose(): void {
    tf.dispose(this.start);
  }
}

const lnScales = (layers: readonly BayesianLayer[]): tf.Tensor[] =>
  layers.flatMap((layer) => layer.gaussians().map((tensor) => tensor.read().lnStddev));
