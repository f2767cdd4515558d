/** What the convolutions have in common: windows, channels, and their options by the names of `tf.layers`. */
import { checkPositiveInteger, checkWord, refuse, shown, shownShape } from '../check';
import type { Window } from '../maps/window';
import { CHANNELS_FIRST, CHANNELS_LAST } from './channels';
import { FamilyLayer, type Design } from './familyLayer';
import { checkFamilyKeys, type FamilyOptions } from './familyOptions';
import type { Shape } from './oneInput';

export interface WindowOptions extends FamilyOptions {
  /** Lengths of the window along each axis: one number for all, or one for each. */
  kernelSize: number | number[];
  /** Steps along each axis. @defaultValue 1 */
  strides?: number | number[];
  /** `'same'` fills up with zeros, so that the output is as long as the input, divided by the strides. @defaultValue 'valid' */
  padding?: 'valid' | 'same';
  /** Are the channels the last axis of input and output, or the one behind the batch? @defaultValue 'channelsLast' */
  dataFormat?: 'channelsLast' | 'channelsFirst';
  /** Distances between the cells of the window. Not above 1 together with strides above 1. @defaultValue 1 */
  dilationRate?: number | number[];
}

/** After the checks: one number for each axis. */
export interface WindowSettings {
  kernelSize: number[];
  strides: number[];
  padding: 'valid' | 'same';
  dataFormat: 'channelsLast' | 'channelsFirst';
  dilationRate: number[];
}

const WINDOW_OPTIONS = ['kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate'];

export function checkedWindow(who: string, rank: number, options: Partial<WindowOptions>): WindowSettings {
  const {
    kernelSize,
    strides = 1,
    padding = 'valid',
    dataFormat = 'channelsLast',
    dilationRate = 1,
  } = options ?? {};
  const each = (name: string, value: unknown): number[] => {
    const list = Array.isArray(value) ? (value as number[]) : Array<number>(rank).fill(value as number);
    if (list.length !== rank) refuse(who, `${name} must be a number, or ${rank} of them`, shown(value));
    list.forEach((n) => checkPositiveInteger(who, name, n));
    return [...list];
  };
  checkWord(who, 'padding', padding, ['valid', 'same']);
  checkWord(who, 'dataFormat', dataFormat, ['channelsLast', 'channelsFirst']);
  const settings = {
    kernelSize: each('kernelSize', kernelSize),
    strides: each('strides', strides),
    padding,
    dataFormat,
    dilationRate: each('dilationRate', dilationRate),
  };
  if (settings.strides.some((n) => n > 1) && settings.dilationRate.some((n) => n > 1))
    refuse(
      who,
      'only one of strides and dilationRate may be above 1',
      `strides ${shown(settings.strides)} and dilationRate ${shown(settings.dilationRate)}`,
    );
  return settings;
}

export abstract class ConvolutionLayer extends FamilyLayer {
  protected readonly window: WindowSettings;

  /** @param own further options of the layer's own */
  protected constructor(who: string, rank: number, options: WindowOptions, own: Record<string, unknown>) {
    checkFamilyKeys(who, options, [...Object.keys(own), ...WINDOW_OPTIONS]);
    const window = checkedWindow(who, rank, options);
    const axes = window.dataFormat === 'channelsFirst' ? CHANNELS_FIRST : CHANNELS_LAST;
    super(who, options, { ...own, ...window }, axes);
    this.window = window;
  }

  /** What the map is told. */
  protected get mapWindow(): Window {
    const { strides, padding, dilationRate: dilations } = this.window;
    return { strides, padding, dilations };
  }

  protected override design(inputShape: Shape): Design {
    const channels = inputShape.at(-1);
    const rank = this.window.kernelSize.length + 2;
    if (inputShape.length !== rank || channels == null)
      refuse(
        this.name,
        `the input must have ${rank} axes, and a known number of channels`,
        shownShape(inputShape),
      );
    return this.designOf(
      channels,
      this.window.kernelSize.reduce((a, b) => a * b),
    );
  }

  /** @param cells the number of cells of the window */
  protected abstract designOf(channels: number, cells: number): Design;
}
