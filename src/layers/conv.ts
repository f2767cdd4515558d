/** `tf.layers.conv1d`, `conv2d` and `conv3d` with a posterior over their kernel and bias. */
import { convolution } from '../maps/convolution';
import { brand } from './bayesian';
import { FilterLayer, type ConvOptions } from './filterLayer';
import { register } from './register';

abstract class BayesianConv extends FilterLayer {
  protected override filtersOf(channels: number): ReturnType<FilterLayer['filtersOf']> {
    return { map: convolution(this.mapWindow), channelAxes: [channels, this.filters] };
  }
}

/** Input [B, steps, channels], output [B, steps', filters]; the kernel is [size, channels, filters]. */
export class BayesianConv1D extends BayesianConv {
  static className = 'BayesianConv1D';

  constructor(options: ConvOptions) {
    super('BayesianConv1D', 1, options);
  }
}

/** Input [B, height, width, channels], output [B, height', width', filters]; the kernel is [h, w, channels, filters]. */
export class BayesianConv2D extends BayesianConv {
  static className = 'BayesianConv2D';

  constructor(options: ConvOptions) {
    super('BayesianConv2D', 2, options);
  }
}

/** Input [B, depth, height, width, channels], output [B, …', filters]; the kernel is [d, h, w, channels, filters]. */
export class BayesianConv3D extends BayesianConv {
  static className = 'BayesianConv3D';

  constructor(options: ConvOptions) {
    super('BayesianConv3D', 3, options);
  }
}

/**
 * A Bayesian `tf.layers.conv1d`: input [B, steps, channels], output [B, steps', filters].
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const layer = layers.conv1d({ filters: 8, kernelSize: 3, activation: 'relu', datasetSize: 1000 });
 * console.log(layer.computeOutputShape([null, 20, 4])); // [null, 18, 8]
 */
export function conv1d(options: ConvOptions): BayesianConv1D {
  return new BayesianConv1D(options);
}

/**
 * A Bayesian `tf.layers.conv2d`: input [B, height, width, channels], output [B, height', width', filters]. The local
 * reparameterization draws each position by itself: where positions meet again (pooling by average, dense layers over the
 * whole picture) `estimator: 'flipout'` has the right joint distribution.
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const N = 60000; // training examples
 * const model = tf.sequential({ layers: [
 *   layers.conv2d({ filters: 12, kernelSize: 5, activation: 'relu', inputShape: [28, 28, 1], datasetSize: N }),
 *   tf.layers.maxPooling2d({ poolSize: 4 }),
 *   tf.layers.flatten(),
 *   layers.dense({ units: 10, activation: 'softmax', datasetSize: N }),
 * ] });
 */
export function conv2d(options: ConvOptions): BayesianConv2D {
  return new BayesianConv2D(options);
}

/**
 * A Bayesian `tf.layers.conv3d`: input [B, depth, height, width, channels], output [B, depth', height', width', filters].
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const layer = layers.conv3d({ filters: 8, kernelSize: 3, datasetSize: 1000 });
 * console.log(layer.computeOutputShape([null, 9, 9, 9, 1])); // [null, 7, 7, 7, 8]
 */
export function conv3d(options: ConvOptions): BayesianConv3D {
  return new BayesianConv3D(options);
}

for (const layerClass of [BayesianConv1D, BayesianConv2D, BayesianConv3D]) {
  brand(layerClass);
  register(layerClass);
}
