/** Says to a screen reader what happens: at once what the visitor did, and at rest, or now and then, what the net knows. */

/** Milliseconds between two reports of a training that goes on. */
const OFTEN = 12_000;

export class Announcer {
  private last = -Infinity;

  constructor(private readonly status: HTMLElement) {}

  say(what: string): void {
    this.status.textContent = what;
    // What was done is not talked over.
    this.last = performance.now();
  }

  report(what: string, isAtRest: boolean): void {
    if (isAtRest || performance.now() - this.last > OFTEN) this.say(what);
  }
}
