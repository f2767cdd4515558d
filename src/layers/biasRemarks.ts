/** What the owner of a layer may want to hear of the options that he left open, where nobody said that they are meant. */
import type { Place } from './bayesian';
import type { ColumnBefore } from './columnBefore';
import type { CheckedOptions } from './hiddenOptions';

/**
 * Pyro's defaults give a bias to every layer but the first, a column of ones to every output, the last too, and relu to the
 * last as to the others.
 */
export function biasRemarks(
  name: string,
  { settings, leftOpen }: Pick<CheckedOptions, 'settings' | 'leftOpen'>,
  { first, last }: Place,
  { state, by }: ColumnBefore,
): string[] {
  const remarks: string[] = [];
  const isMeant = 'say include_input_bias: true, or false if you mean that';
  if (leftOpen.input && !settings.include_input_bias) {
    if (first) remarks.push(`${name} is a first layer without a bias; ${isMeant}`);
    else if (state === 'missing')
      remarks.push(`${name} has no bias, since ${by!.name} before it appends no column of ones; ${isMeant}`);
    else if (state === 'dropped' || state === 'normalised')
      remarks.push(
        `${name} gets its bias from a column of ones, which ${by!.name} ` +
          (state === 'dropped' ? 'drops in training like any other column' : 'turns into zeros') +
          `; say include_hidden_bias: false before it and include_input_bias: true here, or false here if that is meant`,
      );
  }
  if (last && leftOpen.hidden && settings.include_hidden_bias)
    remarks.push(
      `${name} is a last layer and appends a column of ones to the output; say include_hidden_bias: false, or true if you mean that`,
    );
  if (last && leftOpen.non_linearity)
    remarks.push(
      `${name} is a last layer with the default non_linearity relu, which gives no negative numbers; say non_linearity: ` +
        "'linear' or 'softmax', or 'relu' if you mean that",
    );
  return remarks;
}
