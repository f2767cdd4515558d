/**
 * Gradient clipping relative to what is usual: a gradient far longer than those before it is shortened.
 *
 *     g  ←  g · min(1, factor · μ / ‖g‖)        Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, algorithm 1
 *     μ  ←  μ + 0.02 (‖g‖ − μ)                  of the g that is applied; at first μ = ‖g‖
 *
 * ‖g‖ is the norm over all variables. The limit follows the training, as in Seetharaman et al. 2020, arXiv:2007.14469, who take
 * a percentile of all norms so far: there is no number to choose for each loss.
 *
 * Why: under predicted noise, a draw whose stddev happens to be a hundredth of the usual one has a gradient ten thousand times
 * as long. Adam goes on in its direction, since m forgets it in 1/(1 − β₁) steps and v in 1/(1 − β₂): every weight moves by up to
 * η Σ (1 − β₁) β₁ᵏ / √(1 − β₂) = η / √(1 − β₂), 32 learning rates by default, and the net is lost.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, isOnGPU, refuse, shown } from '../check';
import { unwatchSteps, watchSteps, type Watcher } from '../optimizer/beforeSteps';
import type { NamedGradient } from '../optimizer/namedGradients';
import { compiledOptimizer, thisTraining } from '../model/compiled';
import { ModelCallback } from '../model/modelCallback';

export interface GradientClippingOptions {
  /** How many times its usual length a gradient may have, from 1 on. @defaultValue 5 */
  factor?: number;
}

const WHO = 'gradientClipping';

/** Nets trained with 2, 5 and 20 predict equally well, benchmarks/uci/README.md. */
export const USUAL_FACTOR = 5;

/** The part of μ that a step renews. */
const RENEWED = 0.02;

/** Of a norm; float32 ends at 3.4e38. */
const MOST = 1e38;

/** The factor, checked for somebody. */
export function checkedFactor(who: string, name: string, factor: unknown): number {
  if (typeof factor !== 'number' || !(factor >= 1 && factor < Infinity))
    return refuse(who, `${name} must be a number from 1 on`, shown(factor), `${USUAL_FACTOR} by default`);
  return factor;
}

/**
 * A callback for `fit` and `fitDataset` that shortens the gradients of a step whose norm over all variables is above `factor`
 * times the usual one, the running mean of the steps before; for any optimizer, and models with or without Bayesian layers.
 * `trainingRecipe` includes it. It does not look for numbers that are not finite, as `stopOnNaN` does.
 *
 * @throws if an option is unknown or out of range; when training begins, if the model is not compiled.
 *
 * @example
 * await model.fit(x, y, { epochs: 20, callbacks: [gradientClipping(), elboReport()] });
 */
export function gradientClipping(options: GradientClippingOptions = {}): tf.Callback {
  checkKeys(WHO, options, ['factor']);
  return new GradientClipping(checkedFactor(WHO, 'factor', options.factor ?? USUAL_FACTOR));
}

class GradientClipping extends ModelCallback {
  private usual: tf.Scalar | undefined;
  private release = (): void => undefined;

  constructor(private readonly factor: number) {
    super(WHO);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    this.release();
    const { model } = this;
    const optimizer = compiledOptimizer(WHO, model, 'since the gradients are those of its optimizer');
    const own = new Set(model.trainableWeights.map((weight) => (weight.read() as tf.Variable).name));
    const watcher: Watcher = {
      // Another model may be in training with the same optimizer.
      see: (gradients) => (gradients.some(({ name }) => own.has(name)) ? this.clipped(gradients) : gradients),
      holds: thisTraining(model),
      dispose: () => {
        this.usual?.dispose();
        this.usual = undefined;
      },
    };
    watchSteps(optimizer, watcher);
    this.release = () => {
      unwatchSteps(optimizer, watcher);
    };
  }

  override onTrainEnd(): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  private clipped(gradients: NamedGradient[]): NamedGradient[] {
    const squares = gradients.flatMap(({ tensor: g }) => (g === null ? [] : [tf.sum(tf.square(g))]));
    if (squares.length === 0) return gradients;
    // Squares overflow from 1e19 on: such a gradient is as good as none, and what is usual stays a number.
    const norm = tf.minimum(tf.sqrt(tf.addN(squares)), MOST);
    // Before the first gradient that is not 0 nothing is usual.
    const isFirst = tf.cast(tf.equal(this.usual ?? 0, 0), 'float32');
    const usual = tf.add(this.usual ?? 0, tf.mul(isFirst, norm));
    const limit = tf.mul(this.factor, usual);
    const applied = tf.minimum(norm, limit);
    this.usual?.dispose();
    this.usual = tf.keep(tf.add(usual, tf.mul(RENEWED, tf.sub(applied, usual))));
    const isNothing = tf.cast(tf.equal(norm, 0), 'float32');
    const scale = tf.div(tf.add(applied, isNothing), tf.add(norm, isNothing));
    // Read where that takes no time, since nearly all steps are well.
    if (!isOnGPU() && scale.dataSync()[0] === 1) return gradients;
    return gradients.map(({ name, tensor: g }) => ({ name, tensor: g === null ? null : tf.mul(scale, g) }));
  }
}
