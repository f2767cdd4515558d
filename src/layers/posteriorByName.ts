/** The posteriors and priors of a layer's tensors by their names, e.g. `{kernel: {mean, stddev}, bias: {mean, stddev}}`. */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, refuse, shown } from '../check';
import type { GaussianTensor, MeanAndStddevOfWeights } from './gaussianTensor';
import type { NestedArrays } from './plainArrays';
import type { PriorOption } from './tensorPrior';

/** Means and stddevs (no variances, no logarithms) of each tensor of weights, fresh tensors of its shape. */
export type PosteriorByName = Record<string, MeanAndStddevOfWeights>;

/** The same as a caller has it: tensors, or nested arrays. */
export type PosteriorLikeByName = Record<
  string,
  Record<keyof MeanAndStddevOfWeights, tf.Tensor | NestedArrays>
>;

export const posteriorOf = (tensors: readonly GaussianTensor[]): PosteriorByName =>
  Object.fromEntries(tensors.map((tensor) => [tensor.name, tensor.posterior()]));

export const priorOf = (tensors: readonly GaussianTensor[]): PosteriorByName =>
  Object.fromEntries(tensors.map((tensor) => [tensor.name, tensor.priorTensors()]));

/** Sets those that are named. @throws if one is unknown or does not fit; nothing is changed then. */
export function setPosteriorOf(
  who: string,
  tensors: readonly GaussianTensor[],
  given: PosteriorLikeByName,
): void {
  const named = namedOf(who, tensors, given);
  tf.tidy(() => {
    const checked = named.map((tensor) => {
      const values = given[tensor.name];
      checkKeys(who, values, ['mean', 'stddev']);
      for (const part of ['mean', 'stddev'] as const)
        if (values![part] == null)
          refuse(
            who,
            `${tensor.labels[part]} must be given`,
            shown(values),
            'take what should stay from posterior()',
          );
      return { tensor, values: tensor.checked(who, values!.mean, values!.stddev) };
    });
    checked.forEach(({ tensor, values }) => tensor.write(values));
  });
}

/** Sets the priors of those that are named. @throws if one is unknown or does not fit; nothing is changed then. */
export function setPriorOf(
  who: string,
  tensors: readonly GaussianTensor[],
  given: Record<string, PriorOption>,
): void {
  const named = namedOf(who, tensors, given);
  tf.tidy(() => {
    const changes = named.map((tensor) => tensor.priorChange(given[tensor.name]!));
    changes.forEach((change) => change());
  });
}

function namedOf(who: string, tensors: readonly GaussianTensor[], given: object): GaussianTensor[] {
  checkKeys(
    who,
    given,
    tensors.map(({ name }) => name),
  );
  return tensors.filter(({ name }) => Object.hasOwn(given, name));
}
