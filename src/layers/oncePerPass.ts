/**
 * Hands something over once for each forward pass of training, however often the pass visits a layer.
 *
 * TensorFlow.js collects a layer's losses once for each *node* of the graph: twice where the layer is shared between
 * two inputs or its model is used twice. Dividing by the nodes is wrong too, since the same layer object may serve a
 * second model. But the KL of the weights belongs to the weights, once in each pass: being called in training makes it
 * due, the first to ask gets it, and who asks after that gets nothing until the next pass.
 */
export class OncePerPass {
  private due = false;
  private pass: object | undefined;

  /**
   * A layer was called in training.
   *
   * @param pass the keyword arguments of the call: TensorFlow.js hands one object to all calls of one pass.
   * @returns whether the pass before this one ended without anybody asking.
   */
  begin(pass: object): boolean {
    const missed = this.due && this.pass !== pass;
    this.due = true;
    this.pass = pass;
    return missed;
  }

  /** Is it due? Only the first to ask in a pass hears yes. */
  take(): boolean {
    const due = this.due;
    this.due = false;
    this.pass = undefined;
    return due;
  }
}
