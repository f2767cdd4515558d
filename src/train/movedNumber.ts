/**
 * A property of somebody's object, moved for as long as something holds: read, it is its owner's times a factor; set, it is
 * the owner's.
 *
 * Nobody is told when an error breaks training off. So it is not set and set back, which would lose it then: whoever reads
 * it asks whether the training still goes on, and with the last move it is a plain property again. Several trainings may move
 * one property at a time, that of a layer which they share.
 */
export interface Move {
  factor: number;
  /** Does it still count? Where not, it is forgotten. */
  holds: () => boolean;
}

interface Moved {
  all: Set<Move>;
  /** Takes away the property that hides the owner's. */
  end: () => void;
}

/** How a value is multiplied, and what becomes of one that its owner replaces. */
export interface Kind<Value> {
  times: (own: Value, factor: number) => Value;
  drop?: (own: Value) => void;
}

const moved = new WeakMap<object, Map<string, Moved>>();

/** @param kind of a value that is no number */
export function move<Value = number>(
  owner: object,
  key: string,
  by: Move,
  kind: Kind<Value> = NUMBER as Kind<unknown> as Kind<Value>,
): void {
  const ofOwner = moved.get(owner) ?? new Map<string, Moved>();
  moved.set(owner, ofOwner);
  const one = ofOwner.get(key) ?? hidden(owner, key, kind);
  ofOwner.set(key, one);
  one.all.add(by);
}

/** Takes a move back; where it was none, nothing. */
export function takeBack(owner: object, key: string, by: Move): void {
  moved.get(owner)?.get(key)?.all.delete(by);
  forget(owner, key);
}

/** Moves that no longer hold; with the last one the property that hides the owner's goes too. */
function forget(owner: object, key: string): void {
  const one = moved.get(owner)?.get(key);
  if (one === undefined) return;
  for (const by of one.all) if (!by.holds()) one.all.delete(by);
  if (one.all.size > 0) return;
  moved.get(owner)!.delete(key);
  one.end();
}

/** Hides a property, which is the object's own or its class's, behind one that multiplies. */
function hidden<Value>(owner: object, key: string, { times, drop }: Kind<Value>): Moved {
  const own = Object.getOwnPropertyDescriptor(owner, key);
  const ofClass = Object.getPrototypeOf(owner) as object;
  const all = new Set<Move>();
  Object.defineProperty(owner, key, {
    configurable: true,
    enumerable: own?.enumerable ?? false,
    get() {
      forget(owner, key);
      const value = (own === undefined ? Reflect.get(ofClass, key, owner) : own.value) as Value;
      return [...all].reduce((moved, { factor }) => times(moved, factor), value);
    },
    set(value: Value) {
      if (own === undefined) Reflect.set(ofClass, key, value, owner);
      else {
        drop?.(own.value as Value);
        own.value = value;
      }
    },
  });
  const end = (): void => {
    if (own === undefined) Reflect.deleteProperty(owner, key);
    else Object.defineProperty(owner, key, own);
  };
  return { all, end };
}

const NUMBER: Kind<number> = { times: (own, factor) => own * factor };
