/** `tf.layers.conv2dTranspose` with a posterior over its kernel and bias. */
import { checkPositiveInteger, refuse, shown } from '../check';
import { transposedConvolution } from '../maps/transposedConvolution';
import { brand } from './bayesian';
import type { ConvOptions } from './conv';
import { ConvolutionLayer } from './convolutionLayer';
import type { Design } from './familyLayer';
import type { Shape } from './oneInput';
import { register } from './register';

const WHO = 'BayesianConv2DTranspose';

/** Input [B, height, width, channels], output [B, height', width', filters]; the kernel is [h, w, filters, channels]. */
export class BayesianConv2DTranspose extends ConvolutionLayer {
  static className = WHO;

  private readonly filters: number;

  constructor(options: ConvOptions) {
    super(WHO, 2, options, { filters: options?.filters });
    checkPositiveInteger(WHO, 'filters', options.filters);
    if (this.window.dilationRate.some((n) => n > 1))
      refuse(
        WHO,
        'dilationRate must be 1',
        shown(options.dilationRate),
        'tf.layers.conv2dTranspose ignores it',
      );
    this.filters = options.filters;
  }

  protected override design(inputShape: Shape): Design {
    const { filters, cells } = this;
    const channels = this.channelsOf(inputShape);
    return {
      map: transposedConvolution(this.mapWindow),
      name: 'kernel',
      kernel: [...this.window.kernelSize, filters, channels],
      fanIn: cells * channels,
      fanOut: cells * filters,
    };
  }
}

/** A Bayesian `tf.layers.conv2dTranspose`. */
export function conv2dTranspose(options: ConvOptions): BayesianConv2DTranspose {
  return new BayesianConv2DTranspose(options);
}

brand(BayesianConv2DTranspose);
register(BayesianConv2DTranspose);
