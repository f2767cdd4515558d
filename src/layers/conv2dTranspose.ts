/** `tf.layers.conv2dTranspose` with a posterior over its kernel and bias. */
import { refuse, shown } from '../check';
import { transposedConvolution } from '../maps/transposedConvolution';
import { brand } from './bayesian';
import { FilterLayer, type ConvOptions } from './filterLayer';
import { register } from './register';

const WHO = 'BayesianConv2DTranspose';

/** Input [B, height, width, channels], output [B, height', width', filters]; the kernel is [h, w, filters, channels]. */
export class BayesianConv2DTranspose extends FilterLayer {
  static className = WHO;

  constructor(options: ConvOptions) {
    super(WHO, 2, options);
    if (this.window.dilationRate.some((n) => n > 1))
      refuse(
        WHO,
        'dilationRate must be 1',
        shown(options.dilationRate),
        'tf.layers.conv2dTranspose ignores it',
      );
  }

  protected override filtersOf(channels: number): ReturnType<FilterLayer['filtersOf']> {
    return { map: transposedConvolution(this.mapWindow), channelAxes: [this.filters, channels] };
  }
}

/**
 * A Bayesian `tf.layers.conv2dTranspose`: input [B, height, width, channels], output [B, height', width', filters].
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range, as a `dilationRate` above 1 is.
 *
 * @example
 * const layer = layers.conv2dTranspose({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', datasetSize: 1000 });
 * console.log(layer.computeOutputShape([null, 7, 7, 4])); // [null, 14, 14, 8]
 */
export function conv2dTranspose(options: ConvOptions): BayesianConv2DTranspose {
  return new BayesianConv2DTranspose(options);
}

brand(BayesianConv2DTranspose);
register(BayesianConv2DTranspose);
