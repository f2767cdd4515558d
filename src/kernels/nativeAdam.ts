/** `adam.ts` on the native backend, by TensorFlow's ResourceApplyAdam. */
import type { AdamConstants, AdamUpdate } from './contract';
import { Resources } from './resources';
import { inTensorFlow, nativeBackend, type Id, type NativeBackend, type Run } from './tensorFlow';

export function adam(updates: AdamUpdate[], constants: AdamConstants): boolean {
  if (!updates.every(isPlain)) return false;
  const resources = resourcesOf(nativeBackend());
  inTensorFlow((run) => {
    const scalars = adamScalars(constants).map((value) => run.constant(value));
    for (const update of updates) apply(run, resources, update, scalars);
  });
  return true;
}

/** Is all of it float32, and the gradient none of the variables, whose numbers go elsewhere while it is read? */
const isPlain = ({ w, g, m, v }: AdamUpdate): boolean =>
  g.dtype === 'float32' && [w, m, v].every((t) => t.dtype === 'float32' && t.dataId !== g.dataId);

function apply(run: Run, resources: Resources, { w, g, m, v }: AdamUpdate, scalars: Id[]): void {
  const variables = [w, m, v];
  const handles: Id[] = [];
  try {
    for (const variable of variables) handles.push(resources.lend(run, variable));
    run.command('ResourceApplyAdam', 'T', ...handles, ...scalars, ...run.ids([g]));
  } finally {
    const [weights, ...moments] = variables.slice(0, handles.length);
    if (weights !== undefined) resources.giveBack(run, weights);
    // Hardly anybody but the next step asks for them.
    for (const moment of moments) resources.keep(run, moment);
  }
}

/**
 * TensorFlow's ResourceApplyAdam: w ← w − η_t m / (√v + ε̂). Its ε is outside of the bias correction (Kingma & Ba 2015,
 * section 2, the "ε̂"): with η_t = η √(1 − β₂ᵗ) / (1 − β₁ᵗ), which it computes from the powers, ε̂ is ε √(1 − β₂ᵗ).
 */
const adamScalars = (c: AdamConstants): number[] => [
  1 - c.correction1,
  1 - c.correction2,
  c.learningRate,
  c.beta1,
  c.beta2,
  c.epsilon * Math.sqrt(c.correction2),
];

const byBackend = new WeakMap<NativeBackend, Resources>();

function resourcesOf(native: NativeBackend): Resources {
  let resources = byBackend.get(native);
  if (resources === undefined) byBackend.set(native, (resources = new Resources(native)));
  return resources;
}
