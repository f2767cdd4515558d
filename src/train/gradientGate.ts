/**
 * Looks at the loss and the gradients of a step before an optimizer makes anything of them. Where one is not finite nothing
 * is updated: there is then nothing to put back, and so nothing to copy in all the steps that are well.
 *
 * One number decides, 0 · loss + Σ g² over all gradients: it is finite unless one of them is not, or is so large (1e19) that
 * the squares overflow, which the second moments of Adam would not survive either.
 */
import * as tf from '@tensorflow/tfjs';
import { namedGradients, type Gradients } from '../optimizer/namedGradients';

const METHODS = ['computeGradients', 'applyGradients'] as const;

export class GradientGate {
  /** The variables whose gradients were not finite, by their names; nothing unless a step was held back. */
  held: string[] | undefined;
  private loss: tf.Scalar | undefined;

  private readonly own: Array<[method: string, own: PropertyDescriptor | undefined]>;

  /** Stands before the next step of the optimizer. It has to be read in an instant: not on a GPU. */
  constructor(private readonly optimizer: tf.Optimizer) {
    this.own = METHODS.map((method) => [method, Object.getOwnPropertyDescriptor(optimizer, method)]);
    const [compute, apply] = [
      optimizer.computeGradients.bind(optimizer),
      optimizer.applyGradients.bind(optimizer),
    ];
    optimizer.computeGradients = (f, variables) => {
      try {
        const computed = compute(f, variables);
        this.loss = computed.value;
        return computed;
      } catch (error) {
        // Nobody will say that the step is over.
        this.dispose();
        throw error;
      }
    };
    optimizer.applyGradients = (gradients) => {
      this.dispose();
      if (this.areFinite(gradients)) apply(gradients);
    };
  }

  /** The optimizer's methods are what they were. */
  dispose(): void {
    for (const [method, own] of this.own.splice(0))
      if (own === undefined) Reflect.deleteProperty(this.optimizer, method);
      else Object.defineProperty(this.optimizer, method, own);
  }

  private areFinite(gradients: Gradients): boolean {
    const given = namedGradients(gradients).flatMap(({ name, tensor: g }) =>
      g == null ? [] : [{ name, g }],
    );
    return tf.tidy(() => {
      const squares = given.map(({ g }) => tf.sum(tf.square(g)));
      const isFine = isFinite(tf.addN([tf.mul(0, this.loss ?? 0), ...squares]));
      if (!isFine) this.held = given.filter((_, i) => !isFinite(squares[i]!)).map(({ name }) => name);
      return isFine;
    });
  }
}

const isFinite = (scalar: tf.Tensor): boolean => Number.isFinite(scalar.dataSync()[0]);
