/** One seed for all calls of one pass, another one for the next. */
import { recordedTape } from '../op';

export class SeedOfPass {
  private latest: { pass: object; tape: object | undefined; seed: number } | undefined;

  /**
   * @param pass the keyword arguments, of which TensorFlow.js hands one object to all calls of a pass. A caller may hand
   * the same to the next pass: that one has a gradient of its own, or the one before it was ended.
   */
  of(pass: object, next: () => number): number {
    const tape = recordedTape();
    if (this.latest?.pass !== pass || this.latest.tape !== tape) this.latest = { pass, tape, seed: next() };
    return this.latest.seed;
  }

  end(): void {
    this.latest = undefined;
  }
}
