/**
 * The klWeight of a layer, moved for as long as something holds: read, it is the user's times a factor; set, it is the
 * user's.
 *
 * Nobody is told when an error breaks training off. So it is not set and set back, which would lose it then: whoever reads
 * it asks whether the training still goes on, and with the last move it is a plain weight again. Several trainings may move
 * the weight of a layer that they share.
 */
import type { BayesianLayer } from '../layers/bayesian';

export interface Move {
  factor: number;
  /** Does it still count? Where not, it is forgotten. */
  holds: () => boolean;
}

const moves = new WeakMap<BayesianLayer, Set<Move>>();

export function move(layer: BayesianLayer, by: Move): void {
  const all = moves.get(layer) ?? shadowed(layer);
  all.add(by);
}

/** Takes a move back; where it was none, nothing. */
export function takeBack(layer: BayesianLayer, by: Move): void {
  moves.get(layer)?.delete(by);
  forget(layer);
}

/** Moves that no longer hold; with the last one the property that hides the layer's own goes too. */
function forget(layer: BayesianLayer): void {
  const all = moves.get(layer);
  if (all === undefined) return;
  for (const one of all) if (!one.holds()) all.delete(one);
  if (all.size > 0) return;
  moves.delete(layer);
  delete (layer as Partial<BayesianLayer>).klWeight;
}

/** Hides the layer's own property, which its class has, behind one that multiplies. */
function shadowed(layer: BayesianLayer): Set<Move> {
  const own = Object.getPrototypeOf(layer) as object;
  const all = new Set<Move>();
  moves.set(layer, all);
  Object.defineProperty(layer, 'klWeight', {
    configurable: true,
    enumerable: false,
    get() {
      forget(layer);
      const weight = Reflect.get(own, 'klWeight', layer) as number;
      return [...all].reduce((product, { factor }) => product * factor, weight);
    },
    set(value: number) {
      Reflect.set(own, 'klWeight', value, layer);
    },
  });
  return all;
}
