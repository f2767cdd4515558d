/**
 * Hands something over once for each forward pass of training, however often the pass visits a layer.
 *
 * TensorFlow.js collects a layer's losses once for each *node* of the graph: twice where the layer is shared between
 * two inputs or its model is used twice. Dividing by the nodes is wrong too, since the same layer object may serve a
 * second model. But the KL of the weights belongs to the weights, once in each pass: being called in training makes it
 * due, the first to ask gets it, and who asks after that gets nothing until the next call.
 *
 * Under a gradient a pass ends with the gradient: what nobody took is due no more. Whether it was missed shows later. A
 * gradient with respect to an image, or that of a diagnosis, wants no KL; where the weights have changed by the next
 * call, it was a step of training.
 */
import { recordedTape } from '../op';

export class OncePerPass {
  private due = false;
  private tape: object | undefined;
  /** The weights of a pass in which nobody has asked yet. */
  private unasked: Version | undefined;

  /**
   * A layer was called in training.
   *
   * @param weights what changes with them.
   * @returns whether a pass before this one ended without anybody asking, and the weights were trained by it.
   */
  begin(weights: Version): boolean {
    const missed = this.unasked?.some((part, i) => part !== weights[i]) === true;
    this.due = true;
    this.tape = recordedTape();
    this.unasked = weights;
    return missed;
  }

  /** Is it due? Only the first to ask in a pass hears yes. */
  take(): boolean {
    const due = this.due && this.inPass();
    if (due) this.due = false;
    this.ask();
    return due;
  }

  /** Somebody takes care of it by himself: in this pass it is not missed. */
  ask(): void {
    if (this.inPass()) this.unasked = undefined;
  }

  private inPass(): boolean {
    return this.tape === recordedTape();
  }
}

type Version = readonly unknown[];
