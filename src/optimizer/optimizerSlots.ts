/**
 * The slots of an optimizer: what it keeps for each variable, such as the two moments of Adam.
 *
 * TensorFlow.js makes them at the first step, one list for each kind, by position in the list of trainable variables:
 *
 *     m of variable 1, m of variable 2, …, v of variable 1, v of variable 2, …
 *
 * A layer that is frozen shifts all that follow. So here a slot belongs to a variable, by the name it was made with.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, sameShape, shown, shownShape } from '../check';

/** A slot: its kind, and the index of its variable in a list. */
export interface Slot {
  kind: string;
  of: number;
}

interface Named {
  name: string;
  shape: number[];
}

type Variables = ReadonlyArray<Pick<tf.LayerVariable, 'name' | 'originalName' | 'shape'>>;

interface Compiled {
  collectedTrainableWeights?: tf.LayerVariable[];
  model?: Compiled | null;
}

/** In the order of `setWeights`. */
const KINDS: Readonly<Record<string, (optimizer: { centered?: boolean }) => string[]>> = {
  SGD: () => [],
  Momentum: () => ['momentum'],
  Adagrad: () => ['accumulator'],
  Adadelta: () => ['accum_grad', 'accum_var'],
  Adam: () => ['m', 'v'],
  RMSProp: ({ centered }) => (centered === true ? ['rms', 'momentum', 'mg'] : ['rms', 'momentum']),
};

/** The variables that an optimizer is given, in this order: those that were trainable when the model was compiled. */
export function trainedVariables(model: tf.LayersModel): tf.LayerVariable[] {
  // What is compiled of a `tf.sequential` is a model inside of it.
  const { collectedTrainableWeights, model: inner } = model as unknown as Compiled;
  return collectedTrainableWeights ?? inner?.collectedTrainableWeights ?? model.trainableWeights;
}

/**
 * Which variable each slot belongs to, by name: `kernel/m` to `kernel`. Where no name is known (a state that was loaded
 * with names of another program), by position among the variables that are trained.
 *
 * @throws if a slot belongs to no variable, or not every kind has the same ones.
 */
export function ownersOf(
  who: string,
  slots: readonly Named[],
  variables: Variables,
  trained: readonly number[],
): Slot[] {
  const parted = slots.map(({ name }) => /^(.*)\/([^/]*)$/.exec(name)?.slice(1) ?? [name, '']);
  const named = parted.map(([owner, kind]) => ({ kind: kind!, of: indexOf(owner!, variables) }));
  const kinds = [...new Set(named.map(({ kind }) => kind))];
  const owners = named.every(({ of }) => of < 0)
    ? named.map(({ kind }, i) => ({ kind, of: trained[i % (slots.length / kinds.length)] ?? -1 }))
    : named;
  owners.forEach(({ of }, i) => {
    const [slot, variable] = [slots[i]!, variables[of]];
    if (variable === undefined || !sameShape(slot.shape, variable.shape))
      refuse(
        who,
        `each slot of the optimizer must belong to a weight of the model`,
        `${shown(slot.name)} of shape ${shownShape(slot.shape)}`,
        'is the optimizer shared with another model?',
      );
  });
  checkComplete(who, owners);
  return owners;
}

function indexOf(owner: string, variables: Variables): number {
  const exact = variables.findIndex(({ name }) => name === owner);
  if (exact >= 0) return exact;
  // Another model of the same program took the name: TensorFlow.js then counts, kernel_1.
  const all = variables.map(({ originalName }) => originalName);
  const matching = [owner, owner.replace(/_\d+$/, '')].map((name) => all.indexOf(name)).filter((i) => i >= 0);
  return matching[0] ?? -1;
}

/** @throws unless every kind has one slot for each of the same variables. */
export function checkComplete(who: string, slots: readonly Slot[]): void {
  const byKind = new Map<string, number[]>();
  for (const { kind, of } of slots) byKind.set(kind, [...(byKind.get(kind) ?? []), of]);
  const [first, ...others] = [...byKind].map(([kind, owners]) => ({
    kind,
    owners: [...owners].sort((a, b) => a - b),
  }));
  const wrong = [first, ...others].find(
    (list) =>
      list !== undefined &&
      (new Set(list.owners).size !== list.owners.length || !sameShape(list.owners, first!.owners)),
  );
  if (wrong !== undefined)
    refuse(
      who,
      'every kind of slot must be there once for the same weights',
      [...byKind].map(([kind, owners]) => `${owners.length} of ${shown(kind)}`).join(', '),
    );
}

/**
 * The slots that an optimizer needs, in the order of its `setWeights`; none if none were saved, for it makes them itself.
 *
 * @throws if the kinds that were saved are not its own.
 */
export function slotsFor(
  who: string,
  optimizer: tf.Optimizer,
  saved: readonly Slot[],
  trained: readonly number[],
): Slot[] {
  const there = [...new Set(saved.map(({ kind }) => kind))];
  const kinds = KINDS[optimizer.getClassName()]?.(optimizer as { centered?: boolean }) ?? there;
  if (there.length === 0) return [];
  if ([...there].sort().join() !== [...kinds].sort().join())
    refuse(
      who,
      `the optimizer keeps the slots ${shown(kinds)}`,
      `${shown(there)} saved`,
      'compile with its options as they were',
    );
  return kinds.flatMap((kind) => trained.map((of) => ({ kind, of })));
}

/** What an optimizer begins a slot with: a weight that was frozen when the others were saved has none. */
export function freshSlot(optimizer: tf.Optimizer, shape: number[]): tf.Tensor {
  const { initialAccumulatorValue = 0 } = optimizer as { initialAccumulatorValue?: number };
  return tf.fill(shape, initialAccumulatorValue);
}
