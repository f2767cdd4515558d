/**
 * Adam as `tf.train.adam`, with each variable updated by one kernel:
 *
 *     m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²
 *     w ← w − η · m̂ / (√v̂ + ε),    m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)
 *
 * (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1.) `tf.train.adam` takes 14 tf ops for each variable, which on the
 * native backend is as much time as the products of matrices of a small net.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositive, refuse, sameShape, shown, shownShape } from './check';
import type { AdamConstants, AdamUpdate } from './kernels/contract';
import { momentsOf, type AdamState } from './optimizer/adamSlots';
import { namedGradients, type Gradients } from './optimizer/namedGradients';
import { kernels } from './kernels/door';

export interface AdamOptions {
  /** η, above 0. @defaultValue 0.001 */
  learningRate?: number;
  /** β₁ in [0, 1). @defaultValue 0.9 */
  beta1?: number;
  /** β₂ in [0, 1). @defaultValue 0.999 */
  beta2?: number;
  /** ε, above 0. The default of `tf.train.adam` depends on the backend and is 1e-4 on webgl. @defaultValue 1e-7 */
  epsilon?: number;
}

const WHO = 'adam';

/**
 * An optimizer for `compile` and `minimize` in the place of `tf.train.adam`: same updates to float precision, state
 * saved and restored in the same form. It is saved as `Adam`, so that a model loads where this package is unknown.
 *
 * The moments stay with their variables where layers are frozen or thawed and the model is compiled with it again. Where
 * they do not fit, after a restored state of another net, a step is refused; weights, moments and the count of steps are
 * then as they were.
 *
 * @throws if an option is unknown or out of range.
 *
 * @example
 * model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: gaussianNLL({ stddev: 0.1 }) });
 * await model.fit(x, y, { epochs: 10 });
 */
export function adam(options: AdamOptions = {}): tf.Optimizer {
  checkKeys(WHO, options, ['learningRate', 'beta1', 'beta2', 'epsilon']);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  checkPositive(WHO, 'learningRate', learningRate);
  checkBeta('beta1', beta1);
  checkBeta('beta2', beta2);
  checkPositive(WHO, 'epsilon', epsilon);
  return new Adam(learningRate, beta1, beta2, epsilon);
}

/** Saving, restoring and disposal are those of `tf.train.adam`: only the update is another. */
class Adam extends tf.AdamOptimizer {
  override applyGradients(gradients: Gradients): void {
    const named = namedGradients(gradients);
    tf.tidy(() => {
      // Everything is checked before the first number is written.
      const variables = named.map(({ name, tensor: g }) => checkedVariable(name, g));
      const moments = momentsOf(this as unknown as AdamState, variables);
      const updates = named.flatMap(({ tensor: g }, i) =>
        g == null ? [] : [{ w: variables[i]!, g, ...moments[i]! }],
      );
      const t = this.iterations + 1;
      const constants: AdamConstants = {
        learningRate: this.learningRate,
        beta1: this.beta1,
        beta2: this.beta2,
        epsilon: this.epsilon,
        correction1: 1 - this.beta1 ** t,
        correction2: 1 - this.beta2 ** t,
      };
      if (kernels().adam?.(updates, constants) !== true)
        for (const update of updates) updateInOps(update, constants);
    });
    this.incrementIterations();
  }
}

/** The variable of that name. @throws if it is none that this gradient can train. */
function checkedVariable(name: string, g: tf.Tensor | null): tf.Variable {
  const w = tf.engine().registeredVariables[name];
  if (w === undefined || w.isDisposed)
    return refuse(WHO, `${name} must be a variable`, 'none of that name, or one that was disposed of');
  if (w.dtype !== 'float32')
    refuse(WHO, `${name} must be of dtype float32`, w.dtype, 'take it out of the trained variables');
  if (g != null && !sameShape(g.shape, w.shape))
    refuse(WHO, `the gradient of ${name} must have its shape ${shownShape(w.shape)}`, shownShape(g.shape));
  if (g != null && (g.isDisposed || g.dtype === 'complex64' || g.dtype === 'string'))
    refuse(
      WHO,
      `the gradient of ${name} must be a tensor of real numbers`,
      g.isDisposed ? 'one that was disposed of' : g.dtype,
    );
  return w;
}

/** The formula above, on any backend. */
function updateInOps(
  { w, g, m, v }: AdamUpdate,
  { learningRate, beta1, beta2, epsilon, correction1, correction2 }: AdamConstants,
): void {
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(beta1, m), tf.mul(1 - beta1, g)));
    v.assign(tf.add(tf.mul(beta2, v), tf.mul(1 - beta2, tf.square(g))));
    const mHat = tf.div(m, correction1);
    const vHat = tf.div(v, correction2);
    w.assign(tf.sub(w, tf.mul(learningRate, tf.div(mHat, tf.add(tf.sqrt(vHat), epsilon)))));
  });
}

function checkBeta(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    refuse(WHO, `${name} must be a number in [0, 1)`, shown(value));
}
