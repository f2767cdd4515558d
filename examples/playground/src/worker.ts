/** The worker that learns: a new order never waits for the end of a training, only for its next step. */
import { startBackend } from './backend';
import { Gate } from './gate';
import { learn } from './learn';
import type { Order, Report } from './protocol';

// The types of a worker's own scope exclude those of a page, which the other files need.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(report: Report): void;
};

const pace = { milliseconds: 60 };
let gate = new Gate();
let now = new AbortController();
/** Of two trainings one ends before the other begins. */
let last: Promise<unknown> = startBackend().catch((error: unknown) => {
  tell(undefined, error);
  throw error;
});

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'start':
      begin(data);
      return;
    case 'play':
      gate.open();
      return;
    case 'pause':
      gate.shut();
      return;
    case 'step':
      gate.openFor(data.steps);
      return;
    case 'pace':
      pace.milliseconds = data.milliseconds;
  }
};

function begin({ run, problem, playing }: Extract<Order, { kind: 'start' }>): void {
  now.abort();
  // What waits at the gate of the former training goes on, and ends.
  gate.open();
  const [mine, control] = [new Gate(), new AbortController()];
  [gate, now] = [mine, control];
  if (playing) mine.open();
  const { signal } = control;
  last = last.then(async () => {
    try {
      if (!signal.aborted)
        await learn(problem, {
          gate: mine,
          pace,
          signal,
          show: (view) => scope.postMessage({ kind: 'view', run, view }),
        });
    } catch (error) {
      tell(run, error);
    }
  });
  // Without a backend there is nothing to say but what was said.
  last.catch(() => undefined);
}

function tell(run: number | undefined, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  scope.postMessage({ kind: 'failure', run, message });
}
