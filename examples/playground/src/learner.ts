/** The worker as the page has it: orders go out, views come in. Views of an earlier run come too late and are dropped. */
import type { Problem } from './problem';
import type { Order, Report, View } from './protocol';

/** What of a Worker is needed. */
export interface Port {
  postMessage(order: Order): void;
  onmessage: ((event: MessageEvent<Report>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface Heard {
  onView: (view: View) => void;
  onFailure: (message: string) => void;
}

export class Learner {
  private run = 0;

  constructor(
    private readonly port: Port,
    { onView, onFailure }: Heard,
  ) {
    port.onmessage = ({ data }) => {
      if (data.kind === 'view') {
        if (data.run === this.run) onView(data.view);
      } else if (data.run === undefined || data.run === this.run) onFailure(data.message);
    };
    port.onerror = (event) => {
      onFailure(event.message || 'The worker that learns could not be started.');
    };
  }

  start(problem: Problem, playing: boolean): void {
    this.port.postMessage({ kind: 'start', run: ++this.run, problem, playing });
  }

  play(): void {
    this.port.postMessage({ kind: 'play' });
  }

  pause(): void {
    this.port.postMessage({ kind: 'pause' });
  }

  step(steps: number): void {
    this.port.postMessage({ kind: 'step', steps });
  }

  pace(milliseconds: number): void {
    this.port.postMessage({ kind: 'pace', milliseconds });
  }
}
