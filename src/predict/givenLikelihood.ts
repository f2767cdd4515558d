/** Where prediction has its likelihood from: the caller, who may name the loss, or the loss that the model is compiled with. */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { checkLikelihood } from '../families/familyOf';
import { givenLosses } from '../likelihoods/givenLosses';
import type { Likelihood } from '../likelihoods/likelihood';

/** A likelihood as data; or a loss that tells it, of this package or, by its name or as a function, of TensorFlow.js. */
export type LikelihoodLike = Likelihood | string | ((yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor);

type OfOutputs = ReadonlyArray<Likelihood | undefined>;

/** The losses of TensorFlow.js that are negative log likelihoods, but for factors and constants. */
const BY_NAME: Readonly<Record<string, Likelihood>> = {
  categoricalCrossentropy: { family: 'categorical' },
  sparseCategoricalCrossentropy: { family: 'categorical' },
  binaryCrossentropy: { family: 'bernoulli' },
  poisson: { family: 'poisson', outputs: 'rate' },
};

const BY_FUNCTION = new Map<unknown, Likelihood>([
  [tf.metrics.categoricalCrossentropy, { family: 'categorical' }],
  [tf.metrics.binaryCrossentropy, { family: 'bernoulli' }],
  [tf.losses.softmaxCrossEntropy, { family: 'categorical', outputs: 'logits' }],
  [tf.losses.sigmoidCrossEntropy, { family: 'bernoulli', outputs: 'logits' }],
]);

/** One for each output, as the caller has it; where he says nothing, as the compiled losses have it. */
export function likelihoodsOf(
  who: string,
  model: tf.LayersModel,
  given: LikelihoodLike | ReadonlyArray<LikelihoodLike | undefined> | undefined,
): OfOutputs {
  const compiled = compiledLikelihoods(model);
  if (given === undefined) return compiled;
  const all = isList<LikelihoodLike | undefined>(given) ? given : [given];
  if (all.length !== model.outputs.length)
    refuse(who, `likelihood must be an array of ${model.outputs.length}, one for each output`, shown(given));
  return all.map((one, i) => (one === undefined ? compiled[i] : asLikelihood(who, one)));
}

/** @throws if it is neither a likelihood nor a loss that tells one. */
export function asLikelihood(who: string, given: unknown): Likelihood {
  const told = likelihoodOf(given);
  if (told !== undefined) return told;
  if (typeof given === 'function' || typeof given === 'string')
    refuse(
      who,
      'likelihood must be a loss that tells it: one of this package, or ' + Object.keys(BY_NAME).join(', '),
      typeof given === 'function' ? `the function ${given.name || 'without a name'}` : shown(given),
      "give it as data: {family: 'gaussian', stddev: 0.1}",
    );
  return checkLikelihood(who, given);
}

/** Of every output; undefined where the model is not compiled, or its loss is none of the known ones. */
export function compiledLikelihoods(model: tf.LayersModel): OfOutputs {
  return givenLosses(model).map(likelihoodOf);
}

/** What a loss tells, by what hangs on it, its name or itself. */
export function likelihoodOf(loss: unknown): Likelihood | undefined {
  if (typeof loss === 'string') return Object.hasOwn(BY_NAME, loss) ? BY_NAME[loss] : undefined;
  if (typeof loss !== 'function') return undefined;
  const { likelihood } = loss as { likelihood?: unknown };
  return likelihood === undefined ? BY_FUNCTION.get(loss) : checkLikelihood('a loss', likelihood);
}

/** `Array.isArray` does not tell read-only arrays. */
export const isList = <T>(value: unknown): value is readonly T[] => Array.isArray(value);
