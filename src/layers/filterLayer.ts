/** What the convolutions with a filter for each output channel have in common, forth and back. */
import { checkPositiveInteger } from '../check';
import { ConvolutionLayer, type WindowOptions } from './convolutionLayer';
import type { Design } from './familyLayer';

export interface ConvOptions extends WindowOptions {
  /** Number of filters: the output's channels. */
  filters: number;
}

export abstract class FilterLayer extends ConvolutionLayer {
  protected readonly filters: number;

  protected constructor(who: string, rank: number, options: ConvOptions) {
    super(who, rank, options, { filters: options?.filters });
    checkPositiveInteger(who, 'filters', options.filters);
    this.filters = options.filters;
  }

  /** The map, and the axes of the kernel behind those of the window. */
  protected abstract filtersOf(channels: number): Pick<Design, 'map'> & { channelAxes: [number, number] };

  protected override designOf(channels: number, cells: number): Design {
    const { map, channelAxes } = this.filtersOf(channels);
    return {
      map,
      name: 'kernel',
      kernel: [...this.window.kernelSize, ...channelAxes],
      fanIn: cells * channels,
      fanOut: cells * this.filters,
    };
  }
}
