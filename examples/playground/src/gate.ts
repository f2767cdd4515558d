/** A gate before each step of a training: open, shut, or open for so many steps. */
export class Gate {
  private left = 0;
  private waiting: (() => void) | undefined;

  open(): void {
    this.left = Infinity;
    this.letThrough();
  }

  shut(): void {
    this.left = 0;
  }

  openFor(steps: number): void {
    this.left = steps;
    if (steps > 0) this.letThrough();
  }

  /** Is the next step one that would have to wait? */
  get isShut(): boolean {
    return this.left === 0;
  }

  /** Resolves when a step may be made, and counts it. */
  async pass(): Promise<void> {
    while (this.isShut)
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    this.left--;
  }

  private letThrough(): void {
    this.waiting?.();
    this.waiting = undefined;
  }
}
