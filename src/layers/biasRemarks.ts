/** What the owner of a layer may want to hear of its two bias options, where nobody said that they are meant. */
import type { Place } from './bayesian';
import type { CheckedOptions } from './hiddenOptions';

/** Pyro's defaults give a bias to every layer but the first, and a column of ones to every output, the last too. */
export function biasRemarks(
  name: string,
  { settings, biasLeftOpen }: Pick<CheckedOptions, 'settings' | 'biasLeftOpen'>,
  { first, last }: Place,
): string[] {
  const remarks: string[] = [];
  if (first && biasLeftOpen.input && !settings.include_input_bias)
    remarks.push(
      `${name} is a first layer without a bias; say include_input_bias: true, or false if that is meant`,
    );
  if (last && biasLeftOpen.hidden && settings.include_hidden_bias)
    remarks.push(
      `${name} is a last layer and appends a column of ones to the output; say include_hidden_bias: false, or true if that is meant`,
    );
  return remarks;
}
