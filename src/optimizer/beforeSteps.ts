/**
 * Watchers see the gradients of each step of an optimizer before they are applied, in the order in which they came, and may
 * change them.
 *
 * Nobody is told when an error breaks training off. So each is asked before a step whether it still holds, and with the last
 * one the optimizer has its own method again.
 */
import * as tf from '@tensorflow/tfjs';
import { namedGradients, type Gradients, type NamedGradient } from './namedGradients';

export interface Watcher {
  /** @returns the gradients to go on with; tensors that it makes are disposed of behind the step */
  see: (gradients: NamedGradient[]) => NamedGradient[];
  /** Does it still count? Where not, it is forgotten. */
  holds: () => boolean;
  /** It is forgotten, or was taken away. */
  dispose: () => void;
}

interface Watch {
  all: Set<Watcher>;
  end: () => void;
}

const watches = new WeakMap<tf.Optimizer, Watch>();

export function watchSteps(optimizer: tf.Optimizer, watcher: Watcher): void {
  const watch = watches.get(optimizer) ?? begin(optimizer);
  watches.set(optimizer, watch);
  watch.all.add(watcher);
}

export function unwatchSteps(optimizer: tf.Optimizer, watcher: Watcher): void {
  const watch = watches.get(optimizer);
  if (watch?.all.has(watcher) === true) forget(optimizer, watch, watcher);
}

/** Forgets one, and those that no longer hold; with the last the method that hides the optimizer's goes too. */
function forget(optimizer: tf.Optimizer, { all, end }: Watch, gone?: Watcher): void {
  for (const one of all)
    if (one === gone || !one.holds()) {
      all.delete(one);
      one.dispose();
    }
  if (all.size > 0) return;
  watches.delete(optimizer);
  end();
}

function begin(optimizer: tf.Optimizer): Watch {
  const own = Object.getOwnPropertyDescriptor(optimizer, 'applyGradients');
  const apply = optimizer.applyGradients.bind(optimizer);
  const watched = (gradients: Gradients): void => {
    forget(optimizer, watch);
    tf.tidy(() => {
      const seen = [...watch.all].reduce((now, one) => one.see(now), namedGradients(gradients));
      apply(seen as Gradients);
    });
  };
  optimizer.applyGradients = watched;
  const end = (): void => {
    // Not what somebody has put before it since.
    if (optimizer.applyGradients !== watched) return;
    if (own === undefined) Reflect.deleteProperty(optimizer, 'applyGradients');
    else Object.defineProperty(optimizer, 'applyGradients', own);
  };
  const watch = { all: new Set<Watcher>(), end };
  return watch;
}
