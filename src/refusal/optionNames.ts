/**
 * What an option is called here that somebody wrote as another library calls it, or with a typing mistake.
 */

/** Names of Keras, PyTorch, TensorFlow Probability and their like, without case and underscores: what says the same here. */
const COUNTERPARTS = new Map<string, readonly string[]>(
  Object.entries({
    activation: ['non_linearity'],
    activationfn: ['non_linearity'],
    nonlinearityfn: ['non_linearity'],
    usebias: ['include_input_bias', 'include_hidden_bias'],
    bias: ['include_input_bias', 'include_hidden_bias'],
    includebias: ['include_input_bias', 'include_hidden_bias'],
    kernelinitializer: ['A_mean_initializer', 'A_scale_initializer'],
    biasinitializer: ['A_mean_initializer', 'A_scale_initializer'],
    meaninitializer: ['A_mean_initializer'],
    scaleinitializer: ['A_scale_initializer'],
    kernelregularizer: ['A_prior_scale', 'klWeight'],
    prior: ['A_prior_scale'],
    priorscale: ['A_prior_scale', 'prior'],
    priorstd: ['A_prior_scale', 'prior'],
    priorstddev: ['A_prior_scale', 'prior'],
    // Of the other way to write a layer.
    nonlinearity: ['activation'],
    apriorscale: ['prior'],
    ascaleinitializer: ['initialStddev'],
    initialstddev: ['A_scale_initializer'],
    includeinputbias: ['useBias'],
    weightspacesampling: ['estimator'],
    klscale: ['KL_factor'],
    beta: ['klWeight', 'beta1', 'beta2'],
    temperature: ['klWeight'],
    numsamples: ['samples', 'draws'],
    nsamples: ['samples', 'draws'],
    outputdim: ['units'],
    outfeatures: ['units'],
    inputdim: ['inputShape'],
    infeatures: ['inputShape'],
    randomseed: ['seed'],
    randomstate: ['seed'],
    lr: ['learningRate'],
    sigma: ['stddev', 'scale'],
    std: ['stddev', 'scale'],
    scale: ['A_scale', 'stddev'],
    mean: ['A_mean'],
    mu: ['A_mean'],
    loc: ['A_mean'],
  }),
);

/** In words what `key` may be meant for; nothing where none of the known options is like it. */
export function answerTo(key: string, known: readonly string[]): string | undefined {
  const spelt = known.find((name) => bare(name) === bare(key));
  const same = (COUNTERPARTS.get(bare(key)) ?? []).filter((name) => known.includes(name));
  if (spelt === undefined && same.length > 0) return `${key} is ${same.join(' or ')} here`;
  const meant = spelt ?? nearest(key, known);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

const bare = (name: string): string => name.replace(/[^a-z0-9]/gi, '').toLowerCase();

/** The name at most two letters away, one for a short name. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const near = known
    .map((name) => ({ name, letters: distance(bare(key).slice(0, 50), bare(name)) }))
    .filter(({ name, letters }) => letters <= (Math.min(name.length, key.length) < 5 ? 1 : 2))
    .sort((a, b) => a.letters - b.letters);
  return near[0]?.name;
}

/** Levenshtein 1966: the least number of letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (b[j] === letter ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
