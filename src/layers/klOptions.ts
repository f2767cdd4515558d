/** The options by which a layer's KL is weighed in the loss, and its seed: the same for all, but for the factor's name. */
import { checkNotNegative, checkPositiveInteger, checkSeed, refuse } from '../check';
import type { VariationalSettings } from './variationalLayer';

interface KLOptions {
  datasetSize?: unknown;
  klFactor?: unknown;
  klWeight?: unknown;
  seed?: unknown;
}

/**
 * @param factorName how the factor is spelt in the layer's options
 * @throws if one is out of range, or the factor is said twice.
 */
export function checkedKLOptions(
  who: string,
  { datasetSize, klFactor, klWeight = 1, seed }: KLOptions,
  factorName = 'klFactor',
): VariationalSettings {
  if (datasetSize !== undefined) checkPositiveInteger(who, 'datasetSize', datasetSize);
  if (datasetSize !== undefined && klFactor !== undefined)
    refuse(
      who,
      `only one of datasetSize and ${factorName} may be given`,
      'both',
      `datasetSize: N alone means ${factorName}: 1 / N`,
    );
  const factor = datasetSize === undefined ? klFactor : 1 / datasetSize;
  if (factor !== undefined) checkNotNegative(who, factorName, factor);
  checkNotNegative(who, 'klWeight', klWeight);
  if (seed !== undefined) checkSeed(who, seed);
  return { klFactor: factor, klWeight, seed };
}
