/**
 * How far the training is, as a callback of `fit`: a bar that is redrawn on a terminal, elsewhere a line an epoch.
 *
 * nll and kl in nats per example: their sum is the negative ELBO per example, whatever KL weight the loss has.
 */
import type * as tf from '@tensorflow/tfjs';

/** Where it is written: `process.stdout` is one. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write: (text: string) => unknown;
}

export interface ProgressOptions {
  name: string;
  epochs: number;
  stepsPerEpoch: number;
  /** The KL in nats per example, or undefined for a net that has none. */
  kl: () => number | undefined;
  terminal: Terminal;
  /** The name under which the logs have the NLL. @defaultValue 'categoricalCrossentropy' */
  metric?: string;
}

const REDRAW_MS = 200;
const BAR = 24;

export function progress({
  name,
  epochs,
  stepsPerEpoch,
  kl,
  terminal,
  metric = 'categoricalCrossentropy',
}: ProgressOptions): tf.CustomCallbackArgs {
  const start = performance.now();
  let [epoch, drawn] = [0, -Infinity];
  let nll = { sum: 0, count: 0 };

  const show = (step: number): void => {
    const done = epoch * stepsPerEpoch + step;
    const left = ((performance.now() - start) / done) * (epochs * stepsPerEpoch - done);
    const klNow = kl();
    const line = [
      name.padEnd(8),
      `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`,
      ...(terminal.isTTY === true ? [bar(done / (epochs * stepsPerEpoch))] : []),
      `step ${String(step).padStart(String(stepsPerEpoch).length)}/${stepsPerEpoch}`,
      `nll ${(nll.sum / nll.count).toFixed(3)}`,
      ...(klNow === undefined ? [] : [`kl ${klNow.toFixed(2)}`]),
      `${clock(left)} left`,
    ].join('  ');
    if (terminal.isTTY === true) terminal.write(`\r\x1b[2K${line.slice(0, (terminal.columns ?? 80) - 1)}`);
    else terminal.write(`${line}\n`);
  };

  return {
    onEpochBegin(e) {
      [epoch, nll] = [e, { sum: 0, count: 0 }];
    },
    onBatchEnd(step, logs) {
      nll = { sum: nll.sum + logs![metric]!, count: nll.count + 1 };
      if (terminal.isTTY !== true || performance.now() - drawn < REDRAW_MS) return;
      drawn = performance.now();
      show(step + 1);
    },
    onEpochEnd() {
      // A net that is stopped in its first step has nothing to show.
      if (nll.count > 0) show(nll.count);
    },
    onTrainEnd() {
      if (terminal.isTTY === true) terminal.write('\n');
    },
  };
}

function bar(fraction: number): string {
  const full = Math.round(fraction * BAR);
  return '━'.repeat(full) + '─'.repeat(BAR - full);
}

/** Minutes and seconds: 1:05. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
