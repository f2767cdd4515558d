/**
 * What a checkpoint holds, read for a model: all of it is checked before anything of the model is changed, and before a
 * tensor is made.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, sameShape, shown, shownShape } from '../check';
import { checkFormat } from '../layers/savedFormat';
import type { Found } from './checkpointPlaces';
import { counterparts, hasFrozenLayer, modelVariables, type ModelVariable } from '../model/modelVariables';
import {
  checkComplete,
  freshSlot,
  ownersOf,
  slotsFor,
  trainedVariables,
  type Slot,
} from '../optimizer/optimizerSlots';
import { checkedValues, notFinite, type Spec, type Values } from './savedValues';
import { FORMAT, type State } from './sealed';

export interface NamedTensor {
  name: string;
  tensor: tf.Tensor;
}

/** The weights in the order of `model.weights`, and what `optimizer.setWeights` takes; the caller disposes of both. */
export function readSaved(
  { who, artifacts, state }: Found,
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
): { weights: tf.Tensor[]; state: NamedTensor[] } {
  checkState(who, state, optimizer);
  const saved = checkedValues(who, artifacts.weightSpecs, artifacts.weightData);
  const flaw = notFinite(saved);
  if (flaw !== undefined) refuse(who, 'weights and slots must be finite everywhere', flaw);
  const weights = saved.filter(({ spec }) => spec.group !== 'optimizer');
  const [steps, ...slots] = saved.slice(weights.length);
  checkSteps(who, steps);

  const variables = modelVariables(model);
  const isFrozen =
    hasFrozenLayer(model) || JSON.stringify(artifacts.modelTopology ?? {}).includes('"trainable":false');
  const sources = sourcesOf(who, variables, weights, state, isFrozen);
  variables.forEach(({ variable }, i) => {
    checkFits(who, variable.originalName, weights[sources[i]!]!.spec, variable);
  });

  const trained = trainedVariables(model).map((wanted) =>
    variables.findIndex(({ variable }) => variable === wanted),
  );
  const owners = ownersIn(who, state, slots, weights, (all) => all.map((i) => sources[i]!), trained);
  const own = owners.map(({ kind, of }) => ({ kind, of: sources.indexOf(of) }));
  const needed = slotsFor(who, optimizer, own, trained);
  return tf.tidy(() => ({
    weights: sources.map((source) => tensorOf(weights[source]!)),
    state: [
      { name: 'iter', tensor: tensorOf(steps!) },
      ...needed.map(({ kind, of }) => {
        const { name, shape } = variables[of]!.variable;
        const i = own.findIndex((slot) => slot.kind === kind && slot.of === of);
        const tensor = i < 0 ? freshSlot(optimizer, shape as number[]) : tensorOf(slots[i]!);
        return { name: `${name}/${kind}`, tensor };
      }),
    ],
  }));
}

function checkState(who: string, { format, epoch, optimizer: saved }: State, optimizer: tf.Optimizer): void {
  checkFormat(who, 'a saved checkpoint', FORMAT, format);
  if (saved !== optimizer.getClassName())
    refuse(
      who,
      `the optimizer must be of the class ${shown(saved)} whose state was saved`,
      shown(optimizer.getClassName()),
      'compile with that one',
    );
  if (!Number.isSafeInteger(epoch) || epoch < 0)
    refuse(who, 'its epoch must be a whole number of at least 0', shown(epoch));
}

/** The count of steps is the first of what the optimizer saves. */
function checkSteps(who: string, steps: Values | undefined): void {
  const isThere = steps?.spec.group === 'optimizer' && steps.spec.dtype === 'int32';
  if (!isThere || steps.values.length !== 1 || steps.values[0]! < 0)
    refuse(
      who,
      'after the weights, the count of steps must be saved, a whole number',
      steps === undefined ? 'nothing' : `${shown(steps.spec.name)} ${shownShape(steps.spec.shape)}`,
    );
}

function checkFits(
  who: string,
  name: string,
  { shape, dtype }: Pick<Spec, 'shape' | 'dtype'>,
  wanted: { readonly shape: ReadonlyArray<number | null>; readonly dtype: tf.DataType },
): void {
  if (!sameShape(shape, wanted.shape) || dtype !== wanted.dtype)
    refuse(
      who,
      `${name} must be of dtype ${wanted.dtype} and shape ${shownShape(wanted.shape)}`,
      `${dtype} ${shownShape(shape)}`,
      'is it another net?',
    );
}

/** For each variable of the model, which of the saved weights is its own. */
function sourcesOf(
  who: string,
  variables: ModelVariable[],
  weights: Values[],
  state: State,
  isFrozen: boolean,
): number[] {
  const saved = state.variables;
  if (saved !== undefined && (!Array.isArray(saved) || saved.length !== weights.length))
    refuse(who, `it must say of each of its ${weights.length} weights where it stands`, shown(saved));
  const names = weights.map(({ spec }) => spec.name);
  const sources = saved === undefined ? byNames(variables, names, isFrozen) : counterparts(variables, saved);
  if (sources !== undefined) return sources;
  const here = variables.map(({ place, variable }) => (saved ? place : variable.originalName));
  const there = saved?.map(({ place }) => place) ?? names;
  const less = (a: string[], b: string[]): string => {
    const some = a.filter((name) => !b.includes(name));
    return `${some.length}${some.length > 0 ? ` (${some.slice(0, 4).join(', ')}${some.length > 4 ? ', …' : ''})` : ''}`;
  };
  return refuse(
    who,
    'the saved weights must be those of the model, by names or by places',
    `${less(here, there)} that are not saved and ${less(there, here)} that the model does not have`,
    'is it another net?',
  );
}

/**
 * Format 1 has names alone. Where they have changed, the order tells, unless a frozen layer has changed it. Nothing if
 * neither tells.
 */
function byNames(variables: ModelVariable[], names: string[], isFrozen: boolean): number[] | undefined {
  const own = variables.map(({ variable }) => variable.originalName);
  const sources = own.map((name) => names.indexOf(name));
  if (names.length !== own.length) return undefined;
  if (!sources.includes(-1) && new Set(sources).size === own.length) return sources;
  const last = (name: string): string => name.split('/').at(-1)!;
  return isFrozen || own.some((name, i) => last(name) !== last(names[i]!)) ? undefined : own.map((_, i) => i);
}

/** Which weight each saved slot belongs to. */
function ownersIn(
  who: string,
  { slots: said }: State,
  slots: Values[],
  weights: Values[],
  sourcesOfAll: (variables: number[]) => number[],
  trained: number[],
): Slot[] {
  const specs = slots.map(({ spec }) => spec);
  const asVariables = weights.map(({ spec: { name, shape } }) => ({ name, originalName: name, shape }));
  const owners = said ?? ownersOf(who, specs, asVariables, sourcesOfAll(trained));
  if (!Array.isArray(owners) || owners.length !== specs.length)
    return refuse(who, `it must say of each of its ${specs.length} slots which weight has it`, shown(owners));
  owners.forEach((owner, i) => {
    const weight = weights[(owner as Slot | null)?.of ?? -1];
    if (weight === undefined) refuse(who, 'each slot must belong to a weight', shown(owner));
    checkFits(who, `the slot ${specs[i]!.name}`, specs[i]!, { ...weight.spec, dtype: 'float32' });
  });
  checkComplete(who, owners);
  return owners;
}

const tensorOf = ({ spec: { shape, dtype }, values }: Values): tf.Tensor => tf.tensor(values, shape, dtype);
