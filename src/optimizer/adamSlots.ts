/**
 * Which moments are which variable's.
 *
 * `tf.train.adam` keeps a list of them, in the order of the gradients: where a layer is frozen or thawed and the model
 * compiled again, the moments of one variable meet the next one. Here each pair belongs to the variable that it was made
 * for. The list is kept in the order of the last step, so that a state is saved and restored as that of `tf.train.adam`;
 * behind them stand the pairs of variables that do not take part any more, until these are disposed of.
 *
 * A state that was just restored knows names only. Where they are the variables' it goes by them. A model that is built
 * anew has other names: then a list as long as that of the variables goes by position, and any other is refused.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, sameShape, shown, shownShape } from '../check';

interface Slot {
  originalName: string;
  variable: tf.Variable;
}

/** What `tf.AdamOptimizer` keeps: private there, and the same in every 4.x. */
export interface AdamState {
  accumulatedFirstMoment: Slot[];
  accumulatedSecondMoment: Slot[];
}

/** The moments of a variable. */
export interface Moments {
  m: tf.Variable;
  v: tf.Variable;
}

interface Pair {
  m: Slot;
  v: Slot;
}

const WHO = 'adam';
const REMEDY =
  'was it restored from another net, or changed by hand? Compile with a fresh adam(), or restore the state that was saved with this net';

/** Whose moments they are, by the first of the two; nobody's yet, if the state was just restored. */
const owners = new WeakMap<tf.Variable, tf.Variable>();

/**
 * The moments of each variable of a step, zeros where it has none yet.
 *
 * @throws if any of them has another shape or dtype than its variable, or was disposed of; nothing has changed then.
 */
export function momentsOf(state: AdamState, variables: tf.Variable[]): Moments[] {
  const pairs = pairsOf(state);
  const found = find(pairs, variables);
  found.forEach((pair, i) => {
    if (pair !== undefined) checkPair(pair, variables[i]!);
  });
  const used = found.map((pair, i) => pair ?? zerosFor(variables[i]!));
  if (!used.every((pair, i) => pair === pairs[i] && ownerOf(pair) === variables[i]))
    keep(state, used, variables, pairs);
  return used.map(({ m, v }) => ({ m: m.variable, v: v.variable }));
}

function pairsOf({ accumulatedFirstMoment: ms, accumulatedSecondMoment: vs }: AdamState): Pair[] {
  if (ms.length !== vs.length)
    refuse(WHO, `${ms.length} first moments must have as many second ones`, shown(vs.length), REMEDY);
  return ms.map((m, i) => ({ m, v: vs[i]! }));
}

/** The pair of each variable, if there is one. */
function find(pairs: Pair[], variables: tf.Variable[]): Array<Pair | undefined> {
  const free = new Set(pairs);
  const found = variables.map((variable, i) => {
    const isIts = (pair: Pair): boolean => {
      const owner = ownerOf(pair);
      const fits = owner === undefined ? pair.m.originalName === `${variable.name}/m` : owner === variable;
      return fits && free.has(pair);
    };
    // Mostly it stands where it stood.
    const pair = pairs[i] !== undefined && isIts(pairs[i]) ? pairs[i] : pairs.find(isIts);
    if (pair !== undefined) free.delete(pair);
    return pair;
  });
  const restored = pairs.every((pair) => ownerOf(pair) === undefined);
  if (!restored || free.size === 0 || !found.includes(undefined)) return found;
  if (pairs.length !== variables.length)
    refuse(
      WHO,
      `a restored state must be that of the ${variables.length} variables that are trained`,
      `moments of ${pairs.length}, ${shown(pairs.map(({ m }) => m.originalName))}`,
      'freeze the layers that were frozen when it was saved, or compile with a fresh adam()',
    );
  return pairs;
}

function checkPair({ m, v }: Pair, { name, shape, dtype }: tf.Variable): void {
  for (const { variable: moment } of [m, v]) {
    if (moment.isDisposed)
      refuse(
        WHO,
        `the moments of ${name} must not be disposed of`,
        'some that were disposed of with their optimizer',
        'compile with a fresh adam()',
      );
    if (!sameShape(moment.shape, shape))
      refuse(
        WHO,
        `the moments of ${name} must have its shape ${shownShape(shape)}`,
        shownShape(moment.shape),
        REMEDY,
      );
    if (moment.dtype !== dtype)
      refuse(WHO, `the moments of ${name} must have its dtype ${dtype}`, moment.dtype, REMEDY);
  }
}

function zerosFor(variable: tf.Variable): Pair {
  const slot = (suffix: string): Slot => ({
    originalName: `${variable.name}/${suffix}`,
    variable: tf.tidy(() => tf.variable(tf.zerosLike(variable), false)),
  });
  return { m: slot('m'), v: slot('v') };
}

function keep(state: AdamState, used: Pair[], variables: tf.Variable[], old: Pair[]): void {
  used.forEach(({ m, v }, i) => {
    owners.set(m.variable, variables[i]!);
    m.originalName = `${variables[i]!.name}/m`;
    v.originalName = `${variables[i]!.name}/v`;
  });
  const idle = old.filter((pair) => !used.includes(pair));
  const [gone, waiting] = [true, false].map((is) =>
    idle.filter((pair) => (ownerOf(pair)?.isDisposed ?? false) === is),
  ) as [Pair[], Pair[]];
  gone.forEach(({ m, v }) => tf.dispose([m.variable, v.variable]));
  const all = [...used, ...waiting];
  state.accumulatedFirstMoment = all.map(({ m }) => m);
  state.accumulatedSecondMoment = all.map(({ v }) => v);
}

const ownerOf = ({ m }: Pair): tf.Variable | undefined => owners.get(m.variable);
